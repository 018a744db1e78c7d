package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.Frames;

/** What the IP layer does when a link goes and comes back. */
class LinkStateTest {
  private static final int STATIC = Frames.ip("10.0.0.9");
  private static final byte[] PAYLOAD = new byte[20];
  private static final byte[] ANNOUNCEMENT =
      Frames.arp(Frames.BROADCAST, 1, IpFixture.MAC, IpFixture.US, 0, IpFixture.US);

  private IpFixture fixture =
      new IpFixture(512, List.of(Endpoints.neighbour(STATIC, 32, IpFixture.OTHER_MAC)));

  @AfterEach
  void close() {
    fixture.close();
  }

  private boolean link(boolean up) {
    fixture.eth0.linkUp = up;
    boolean changed = fixture.ip.checkLink(fixture.if0);
    fixture.flush();
    return changed;
  }

  private void knowThePeer() {
    fixture.send(IpFixture.PEER, PAYLOAD);
    fixture.peerReplies();
    fixture.sent();
  }

  @Test
  void onlyAChangeIsOne() {
    assertFalse(link(true));
    assertTrue(link(false));
    assertFalse(fixture.if0.isLinkUp());
    assertFalse(link(false));
    assertTrue(link(true));
    assertTrue(fixture.if0.isLinkUp());
    assertFalse(link(true));
  }

  @Test
  void aNeighbourIsAskedForAnewAfterwards() {
    knowThePeer();
    fixture.send(IpFixture.PEER, PAYLOAD);
    assertEquals(1, fixture.sent().size(), "known");
    link(false);
    link(true);
    fixture.sent();
    fixture.send(IpFixture.PEER, PAYLOAD);
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), sent.get(0));
    fixture.peerReplies();
    assertEquals(1, fixture.sent().size(), "what waited for it");
  }

  /** A neighbour being asked for confirmation is forgotten as well, with its timer. */
  @Test
  void aNeighbourUnderProbeIsForgotten() {
    knowThePeer();
    fixture.advance(ArpTable.REACHABLE_NANOS);
    fixture.send(IpFixture.PEER, PAYLOAD);
    assertEquals(2, fixture.sent().size(), "the packet, and a request");
    link(false);
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
    link(true);
    fixture.sent();
    fixture.send(IpFixture.PEER, PAYLOAD);
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), fixture.sent().get(0));
  }

  @Test
  void staticEntriesAndOtherInterfacesKeepTheirs() {
    int other = Frames.ip("192.168.7.2");
    fixture.send(other, PAYLOAD);
    fixture.receive(
        fixture.if1,
        Frames.arp(
            IpFixture.MAC_1, 2, IpFixture.OTHER_MAC, other, IpFixture.MAC_1, IpFixture.US_1));
    IpFixture.take(fixture.eth1);
    link(false);
    fixture.send(other, PAYLOAD);
    List<byte[]> sent = IpFixture.take(fixture.eth1);
    assertEquals(1, sent.size());
    assertEquals(0x0800, (sent.get(0)[12] & 0xFF) << 8 | sent.get(0)[13] & 0xFF, "IPv4, not ARP");
    link(true);
    fixture.sent();
    fixture.send(STATIC, PAYLOAD);
    assertEquals(34 + PAYLOAD.length, fixture.sent().get(0).length);
  }

  @Test
  void whatIsSentMeanwhileIsDroppedAndCounted() {
    link(false);
    assertFalse(fixture.send(STATIC, PAYLOAD));
    assertFalse(fixture.send(STATIC, PAYLOAD));
    fixture.assertMoved(Map.of(Counter.DROP_LINK_DOWN, 2L));
    assertEquals(0, fixture.if0.pending());
    assertTrue(fixture.if0.transmitSpace() > 0, "or those who wait for space would never end");
    assertEquals(0, fixture.pool.inUse());
    link(true);
    assertEquals(1, fixture.sent().size(), "the announcement only");
  }

  @Test
  void whatTheRingHadNotTakenIsDropped() {
    fixture.eth0.ringSpace = 0;
    fixture.send(STATIC, PAYLOAD);
    fixture.send(STATIC, PAYLOAD);
    assertEquals(2, fixture.if0.pending());
    link(false);
    assertEquals(0, fixture.if0.pending());
    assertEquals(0, fixture.pool.inUse());
    fixture.assertMoved(Map.of(Counter.DROP_LINK_DOWN, 2L));
    fixture.eth0.ringSpace = 9;
    link(true);
    assertEquals(1, fixture.sent().size(), "the announcement only");
  }

  /** The requests go nowhere, but their time passes: TCP learns of it after three seconds. */
  @Test
  void nobodyAnswersWithoutALink() {
    link(false);
    assertTrue(fixture.send(IpFixture.PEER, PAYLOAD), "waits for the address");
    for (int i = 0; i < 2; i++) {
      fixture.advance(IpFixture.SECOND);
      assertEquals(List.of(), fixture.upper.unreachable);
    }
    fixture.advance(IpFixture.SECOND);
    assertEquals(List.of(IpFixture.PEER), fixture.upper.unreachable);
    fixture.assertMoved(Map.of(Counter.DROP_LINK_DOWN, 3L, Counter.DROP_ARP_UNRESOLVED, 1L));
  }

  @Test
  void theAddressIsAnnouncedWhenTheLinkIsBack() {
    link(false);
    link(true);
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    IpFixture.assertFrame(ANNOUNCEMENT, sent.get(0));
    assertEquals(List.of(), IpFixture.take(fixture.eth1));
  }

  @Test
  void onlyTheCoreWithQueueZeroAnnounces() {
    fixture.close();
    fixture = new IpFixture(512, 2048, 1500, List.of(), 1);
    link(false);
    link(true);
    assertEquals(List.of(), fixture.sent());
  }

  @Test
  void atTheStartOnlyLinksThatAreUpHearOfUs() {
    link(false);
    fixture.ip.announce();
    fixture.flush();
    assertEquals(List.of(), fixture.sent());
    assertEquals(1, IpFixture.take(fixture.eth1).size());
    fixture.assertCounted();
  }
}
