package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Frames;

/** ARP packets from others: requests, announcements, lies. */
class ArpInputTest {
  private IpFixture fixture = new IpFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static byte[] question(long mac, int sender, int target) {
    return Frames.arp(Frames.BROADCAST, 1, mac, sender, 0, target);
  }

  private static byte[] reply(long mac, int sender) {
    return Frames.arp(IpFixture.MAC, 2, mac, sender, IpFixture.MAC, IpFixture.US);
  }

  private static byte[] gratuitous(int operation, long mac, int sender) {
    return Frames.arp(Frames.BROADCAST, operation, mac, sender, 0, sender);
  }

  /** Returns the MAC address that packets to the peer go to; 0 if it is asked for. */
  private long peerMac() {
    fixture.sent();
    fixture.send(IpFixture.PEER, new byte[1]);
    byte[] frame = fixture.sent().get(0);
    if (frame[13] == 6) {
      fixture.advance(IpFixture.SECOND);
      fixture.advance(IpFixture.SECOND);
      fixture.advance(IpFixture.SECOND);
      return 0;
    }
    long mac = 0;
    for (int i = 0; i < 6; i++) {
      mac = mac << 8 | frame[i] & 0xFF;
    }
    return mac;
  }

  @Test
  void answersAndLearnsWhoAsks() {
    byte[] padded = Arrays.copyOf(question(IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.US), 60);
    fixture.receive(padded);
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    IpFixture.assertFrame(
        Frames.arp(
            IpFixture.PEER_MAC, 2, IpFixture.MAC, IpFixture.US, IpFixture.PEER_MAC, IpFixture.PEER),
        sent.get(0));
    assertEquals(IpFixture.PEER_MAC, peerMac());
    fixture.assertCounted();
  }

  @Test
  void answersOnTheRightLinkOnly() {
    fixture.receive(
        fixture.if1, question(IpFixture.PEER_MAC, Frames.ip("192.168.0.5"), IpFixture.US));
    fixture.receive(question(IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.US_1));
    assertEquals(0, fixture.sent().size() + IpFixture.take(fixture.eth1).size());
    fixture.assertCounted();
  }

  @Test
  void answersAProbeButLearnsNothing() {
    fixture.receive(question(IpFixture.PEER_MAC, 0, IpFixture.US));
    IpFixture.assertFrame(
        Frames.arp(IpFixture.PEER_MAC, 2, IpFixture.MAC, IpFixture.US, IpFixture.PEER_MAC, 0),
        fixture.sent().get(0));
    assertEquals(0, peerMac());
  }

  @Test
  void strangersAreNotLearned() {
    fixture.receive(question(IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.PEER + 1));
    fixture.receive(gratuitous(1, IpFixture.PEER_MAC, IpFixture.PEER));
    fixture.receive(gratuitous(2, IpFixture.PEER_MAC, IpFixture.PEER));
    fixture.assertCounted();
    fixture.receive(reply(IpFixture.PEER_MAC, IpFixture.PEER));
    fixture.assertCounted(Counter.DROP_ARP_UNSOLICITED);
    assertEquals(0, fixture.sent().size());
    assertEquals(0, peerMac());
  }

  @Test
  void whoAsksFromAnotherNetworkIsAnsweredNotLearned() {
    int stranger = Frames.ip("172.16.5.5");
    fixture.receive(question(IpFixture.OTHER_MAC, stranger, IpFixture.US));
    assertEquals(1, fixture.sent().size());
    fixture.send(stranger, new byte[1]);
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.GATEWAY), fixture.sent().get(0));
  }

  @Test
  void floodFromOtherNetworksDrivesNobodyOut() {
    fixture.receive(question(IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.US));
    fixture.advance(10 * IpFixture.SECOND);
    for (int i = 0; i < 4 * ArpTable.MAX_ENTRIES; i++) {
      fixture.receive(question(IpFixture.OTHER_MAC, Frames.ip("172.16.0.1") + i, IpFixture.US));
    }
    assertEquals(IpFixture.PEER_MAC, peerMac());
  }

  @Test
  void announcementsUpdateWhoIsKnown() {
    fixture.receive(question(IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.US));
    fixture.receive(gratuitous(1, IpFixture.OTHER_MAC, IpFixture.PEER));
    assertEquals(IpFixture.OTHER_MAC, peerMac());
    fixture.receive(gratuitous(2, IpFixture.PEER_MAC, IpFixture.PEER));
    assertEquals(IpFixture.PEER_MAC, peerMac());
    fixture.receive(
        question(IpFixture.OTHER_MAC, IpFixture.PEER, IpFixture.PEER + 9)); // RFC 826: merge
    assertEquals(IpFixture.OTHER_MAC, peerMac());
    fixture.assertCounted();
  }

  @Test
  void announcementAnswersAnOpenQuestion() {
    fixture.send(IpFixture.PEER, new byte[1]);
    fixture.sent();
    fixture.receive(gratuitous(1, IpFixture.PEER_MAC, IpFixture.PEER));
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void unsolicitedReplyDoesNotReplaceAnAddressInUse() {
    fixture.receive(question(IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.US));
    fixture.receive(reply(IpFixture.OTHER_MAC, IpFixture.PEER));
    fixture.assertCounted(Counter.DROP_ARP_UNSOLICITED);
    assertEquals(IpFixture.PEER_MAC, peerMac());
    fixture.advance(50 * IpFixture.SECOND);
    fixture.receive(reply(IpFixture.PEER_MAC, IpFixture.PEER)); // the same address again confirms
    fixture.assertCounted();
    fixture.advance(50 * IpFixture.SECOND);
    fixture.sent();
    fixture.send(IpFixture.PEER, new byte[1]);
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void announcesItself() {
    fixture.ip.announce();
    fixture.flush();
    IpFixture.assertFrame(gratuitous(1, IpFixture.MAC, IpFixture.US), fixture.sent().get(0));
    IpFixture.assertFrame(
        gratuitous(1, IpFixture.MAC_1, IpFixture.US_1), IpFixture.take(fixture.eth1).get(0));
    assertEquals(0, fixture.lo.sent.size());
  }

  @Test
  void onlyTheFirstQueueAnnounces() {
    fixture.close();
    fixture = new IpFixture(64, 2048, 1500, List.of(), 1);
    fixture.ip.announce();
    fixture.flush();
    assertEquals(0, fixture.sent().size());
  }

  @Test
  void defendsItsAddressNowAndThen() {
    byte[] claim = gratuitous(1, IpFixture.OTHER_MAC, IpFixture.US);
    fixture.receive(claim);
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    IpFixture.assertFrame(gratuitous(1, IpFixture.MAC, IpFixture.US), sent.get(0));
    fixture.assertCounted(Counter.ARP_CONFLICTS, Counter.DROP_ARP_SENDER);
    fixture.advance(10 * IpFixture.SECOND - 1);
    fixture.receive(claim);
    fixture.receive(reply(IpFixture.OTHER_MAC, IpFixture.US));
    assertEquals(0, fixture.sent().size());
    fixture.assertMoved(Map.of(Counter.ARP_CONFLICTS, 2L, Counter.DROP_ARP_SENDER, 2L));
    fixture.receive(
        fixture.if1,
        gratuitous(1, IpFixture.OTHER_MAC, IpFixture.US_1)); // each link has its own limit
    assertEquals(1, IpFixture.take(fixture.eth1).size());
    fixture.advance(1);
    fixture.receive(claim);
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void malformedAndImpossible() {
    byte[] good = question(IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.US);
    assertDropped(Arrays.copyOf(good, 41), Counter.DROP_ARP_MALFORMED);
    assertDropped(Arrays.copyOf(good, 14), Counter.DROP_ARP_MALFORMED);
    for (int i = 14; i < 20; i++) { // hardware and protocol types and lengths
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      assertDropped(bad, Counter.DROP_ARP_MALFORMED);
    }
    for (int operation : new int[] {0, 3, 4, 0x101}) {
      byte[] bad = good.clone();
      bad[20] = (byte) (operation >> 8);
      bad[21] = (byte) operation;
      assertDropped(bad, Counter.DROP_ARP_MALFORMED);
    }
    assertDropped(question(0, IpFixture.PEER, IpFixture.US), Counter.DROP_ARP_SENDER);
    assertDropped(
        question(Frames.BROADCAST, IpFixture.PEER, IpFixture.US), Counter.DROP_ARP_SENDER);
    assertDropped(
        question(0x0100_5E00_0001L, IpFixture.PEER, IpFixture.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(IpFixture.MAC, IpFixture.PEER, IpFixture.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(IpFixture.MAC, IpFixture.US, IpFixture.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(IpFixture.MAC_1, IpFixture.US_1, IpFixture.US), Counter.DROP_ARP_SENDER);
    for (String sender :
        List.of("224.0.0.1", "255.255.255.255", "10.0.0.255", "127.0.0.1", "0.1.2.3")) {
      assertDropped(
          question(IpFixture.PEER_MAC, Frames.ip(sender), IpFixture.US), Counter.DROP_ARP_SENDER);
    }
    fixture.receive(
        fixture.ifLo, Frames.arp(0, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, IpFixture.LOOPBACK));
    fixture.assertCounted(Counter.DROP_ETHERNET_TYPE);
  }

  private void assertDropped(byte[] frame, Counter reason) {
    fixture.receive(frame);
    fixture.assertCounted(reason);
    assertEquals(0, fixture.sent().size());
    assertEquals(0, fixture.pool.inUse());
  }
}
