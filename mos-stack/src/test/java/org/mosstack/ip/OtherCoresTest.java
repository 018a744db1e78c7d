package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** What one core passes on, and what another does with it. */
class OtherCoresTest {
  private static final long TICKET = Ticket.of(0, 7, 1, 2);

  private final IpFixture first = new IpFixture();
  private final IpFixture second = new IpFixture();
  private final List<byte[]> toAll = new ArrayList<>();
  private final List<byte[]> toArrival = new ArrayList<>();
  private final List<List<Integer>> tuples = new ArrayList<>();
  private boolean elsewhere;
  private final List<byte[]> toServing = new ArrayList<>();
  private boolean serving;

  @BeforeEach
  void connect() {
    first.ip.otherCores(
        new OtherCores() {
          @Override
          public void toAll(NetInterface from, long mbuf) {
            assertSame(first.if0, from);
            toAll.add(bytes(mbuf));
          }

          @Override
          public boolean toServingCore(NetInterface from, long mbuf, long ticket) {
            assertSame(first.if0, from);
            assertEquals(TICKET, ticket);
            if (serving) {
              toServing.add(bytes(mbuf));
            }
            return serving;
          }

          @Override
          public boolean toArrivalCore(
              NetInterface from,
              long mbuf,
              int source,
              int destination,
              int sourcePort,
              int destinationPort) {
            assertSame(first.if0, from);
            tuples.add(List.of(source, destination, sourcePort, destinationPort));
            if (elsewhere) {
              toArrival.add(bytes(mbuf));
            }
            return elsewhere;
          }
        });
  }

  @AfterEach
  void close() {
    first.close();
    second.close();
  }

  private static byte[] bytes(long mbuf) {
    byte[] bytes = new byte[Mbuf.packetLength(mbuf)];
    Mbuf.copyTo(mbuf, bytes);
    return bytes;
  }

  private void passOn(byte[] frame) {
    passOn(second, frame, Ticket.NONE);
  }

  private static void passOn(IpFixture fixture, byte[] frame, long ticket) {
    long mbuf = FakeDevice.mbuf(fixture.pool, frame);
    Mbuf.setTicket(mbuf, ticket);
    fixture.ip.inputPassedOn(fixture.if0, mbuf, fixture.now);
    fixture.flush();
  }

  private static byte[] question(int target) {
    return Frames.arp(Frames.BROADCAST, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, target);
  }

  @Test
  void questionTeachesAllCoresAndOneAnswers() {
    first.receive(question(IpFixture.US));
    assertEquals(1, first.sent().size());
    IpFixture.assertFrame(question(IpFixture.US), toAll.get(0));
    passOn(toAll.get(0));
    assertEquals(0, second.sent().size());
    second.send(IpFixture.PEER, new byte[1]);
    assertEquals(35, second.sent().get(0).length); // known: no request first
  }

  @Test
  void replyReachesTheCoreThatAsked() {
    second.send(IpFixture.PEER, new byte[1]);
    second.sent();
    first.peerReplies();
    first.assertCounted(Counter.DROP_ARP_UNSOLICITED);
    passOn(toAll.get(0));
    assertEquals(35, second.sent().get(0).length);
    second.assertCounted();
  }

  @Test
  void replyThatNobodyAskedForIsNotCountedTwice() {
    first.peerReplies();
    passOn(toAll.get(0));
    second.assertCounted();
    second.send(IpFixture.PEER, new byte[1]);
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), second.sent().get(0));
  }

  @Test
  void chatterOfOthersStays() {
    first.receive(question(IpFixture.PEER + 1));
    assertEquals(0, toAll.size());
    first.receive(
        Frames.arp(Frames.BROADCAST, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, IpFixture.PEER));
    assertEquals(1, toAll.size());
    first.receive(
        Frames.arp(Frames.BROADCAST, 1, IpFixture.PEER_MAC, 0, 0, IpFixture.US)); // a probe
    assertEquals(1, toAll.size());
  }

  @Test
  void conflictIsAnsweredByOne() {
    byte[] claim =
        Frames.arp(Frames.BROADCAST, 1, IpFixture.OTHER_MAC, IpFixture.US, 0, IpFixture.US);
    passOn(claim);
    second.assertCounted(Counter.DROP_ARP_SENDER);
    assertEquals(0, second.sent().size());
  }

  private static byte[] icmpError() {
    Frames.Ipv4 quote =
        new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, Frames.tcp(40000, 443, 9, 0));
    byte[] message = Frames.icmp(3, 4, 1000, quote.packet());
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.GATEWAY, IpFixture.US, 1, message);
    packet.options = new byte[8];
    return packet.frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  @Test
  void errorGoesToTheFlowsCoreAlone() {
    elsewhere = true;
    first.receive(icmpError());
    assertEquals(List.of(List.of(IpFixture.FAR, IpFixture.US, 443, 40000)), tuples);
    assertEquals(List.of(), first.upper.errors);
    IpFixture.assertFrame(icmpError(), toArrival.get(0));
    passOn(toArrival.get(0));
    List<Integer> expected = List.of(3, 4, 1000, IpFixture.US, IpFixture.FAR, 40000, 443, 9);
    assertEquals(List.of(expected), second.upper.errors);
  }

  @Test
  void errorAboutOwnFlowStays() {
    first.receive(icmpError());
    assertEquals(1, first.upper.errors.size());
    assertEquals(0, toArrival.size());
  }

  @Test
  void nothingElsePassesBetweenCores() {
    byte[] echo = Frames.icmp(8, 0, 0, new byte[4]);
    passOn(new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 1, echo).frame(IpFixture.MAC, 1));
    second.assertCounted(Counter.DROP_ICMP_IGNORED);
    passOn(new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 17, new byte[8]).frame(IpFixture.MAC, 1));
    second.assertCounted(Counter.DROP_IP_PROTOCOL);
    assertEquals(0, second.sent().size());
  }

  private static byte[] segment() {
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1, 2, 3, 4));
    packet.options = new byte[8];
    return packet.frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  @Test
  void segmentGoesToTheCoreThatServesItsFlow() {
    serving = true;
    first.upper.ticket = TICKET;
    first.receive(segment());
    assertEquals(0, first.upper.segments.size());
    IpFixture.assertFrame(segment(), toServing.get(0));
    second.upper.ticket = TICKET; // it goes no further
    passOn(second, toServing.get(0), TICKET);
    assertEquals(1, second.upper.segments.size());
    assertEquals(1, second.upper.moved);
  }

  /** As a datagram's fragments do that came to another queue. */
  @Test
  void segmentThatComesByAnotherCoreGoesOnToTheServingCore() {
    serving = true;
    first.upper.ticket = TICKET;
    passOn(first, segment(), Ticket.NONE);
    assertEquals(0, first.upper.segments.size());
    IpFixture.assertFrame(segment(), toServing.get(0));
  }

  @Test
  void segmentStaysWhereTheOtherCoreCantHaveIt() {
    first.upper.ticket = TICKET;
    first.receive(segment());
    assertEquals(1, first.upper.segments.size());
    assertEquals(0, first.upper.moved);
    assertEquals(TICKET, first.upper.notPassedOn);
  }

  /** From the queue it came to, to the flow's arrival core, and from there to the serving core. */
  @Test
  void errorAboutAMovedFlowTakesTwoSteps() {
    elsewhere = true;
    serving = true;
    first.upper.ticket = TICKET;
    first.receive(icmpError());
    assertEquals(1, toArrival.size());
    assertEquals(0, toServing.size());
    passOn(first, icmpError(), Ticket.NONE);
    assertEquals(1, toArrival.size());
    IpFixture.assertFrame(icmpError(), toServing.get(0));
    assertEquals(0, first.upper.errors.size());
    second.upper.ticket = TICKET;
    passOn(second, toServing.get(0), TICKET);
    assertEquals(1, second.upper.errors.size());
  }

  private void receiveInFragments() {
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1, 2, 3, 4));
    packet.options = new byte[8];
    for (byte[] fragment : IpFixture.fragments(packet, 8)) {
      first.receive(fragment);
    }
  }

  /** Fragments are spread by address; reassembled, they are a segment of the flow's core. */
  @Test
  void segmentInFragmentsGoesWhereItWouldHaveArrived() {
    elsewhere = true;
    receiveInFragments();
    assertEquals(List.of(List.of(IpFixture.PEER, IpFixture.US, 1, 2)), tuples);
    assertEquals(0, first.upper.segments.size());
    assertEquals(0, first.pool.inUse());
    IpFixture.assertFrame(segment(), toArrival.get(0));
  }

  @Test
  void segmentInFragmentsOfOwnFlowIsTreatedAsAnyOther() {
    receiveInFragments();
    assertEquals(1, first.upper.segments.size());
    assertEquals(0, toArrival.size());
  }
}
