package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.IpEnds;
import org.mosstack.stats.Counter;

/** What the IP layer does when a link goes and comes back. */
class LinkStateTest {
  private static final int STATIC = Frames.ip("10.0.0.9");
  private static final byte[] PAYLOAD = new byte[20];
  private static final byte[] ANNOUNCEMENT =
      Frames.arp(Frames.BROADCAST, 1, Bed.MAC, Bed.US, 0, Bed.US);

  private Bed bed = new Bed(512, List.of(IpEnds.neighbour(STATIC, 32, Bed.OTHER_MAC)));

  @AfterEach
  void close() {
    bed.close();
  }

  private boolean link(boolean up) {
    bed.eth0.linkUp = up;
    boolean changed = bed.ip.checkLink(bed.if0);
    bed.flush();
    return changed;
  }

  private void knowThePeer() {
    bed.send(Bed.PEER, PAYLOAD);
    bed.peerReplies();
    bed.sent();
  }

  @Test
  void onlyAChangeIsOne() {
    assertFalse(link(true));
    assertTrue(link(false));
    assertFalse(bed.if0.isLinkUp());
    assertFalse(link(false));
    assertTrue(link(true));
    assertTrue(bed.if0.isLinkUp());
    assertFalse(link(true));
  }

  @Test
  void aNeighbourIsAskedForAnewAfterwards() {
    knowThePeer();
    bed.send(Bed.PEER, PAYLOAD);
    assertEquals(1, bed.sent().size(), "known");
    link(false);
    link(true);
    bed.sent();
    bed.send(Bed.PEER, PAYLOAD);
    List<byte[]> sent = bed.sent();
    assertEquals(1, sent.size());
    Bed.assertFrame(Bed.broadcastRequest(Bed.PEER), sent.get(0));
    bed.peerReplies();
    assertEquals(1, bed.sent().size(), "what waited for it");
  }

  /** A neighbour being asked for confirmation is forgotten as well, with its timer. */
  @Test
  void aNeighbourUnderProbeIsForgotten() {
    knowThePeer();
    bed.advance(ArpTable.REACHABLE_NANOS);
    bed.send(Bed.PEER, PAYLOAD);
    assertEquals(2, bed.sent().size(), "the packet, and a request");
    link(false);
    assertEquals(Long.MAX_VALUE, bed.ip.nextDeadlineNanos());
    link(true);
    bed.sent();
    bed.send(Bed.PEER, PAYLOAD);
    Bed.assertFrame(Bed.broadcastRequest(Bed.PEER), bed.sent().get(0));
  }

  @Test
  void staticEntriesAndOtherInterfacesKeepTheirs() {
    int other = Frames.ip("192.168.7.2");
    bed.send(other, PAYLOAD);
    bed.receive(bed.if1, Frames.arp(Bed.MAC_1, 2, Bed.OTHER_MAC, other, Bed.MAC_1, Bed.US_1));
    Bed.take(bed.eth1);
    link(false);
    bed.send(other, PAYLOAD);
    List<byte[]> sent = Bed.take(bed.eth1);
    assertEquals(1, sent.size());
    assertEquals(0x0800, (sent.get(0)[12] & 0xFF) << 8 | sent.get(0)[13] & 0xFF, "IPv4, not ARP");
    link(true);
    bed.sent();
    bed.send(STATIC, PAYLOAD);
    assertEquals(34 + PAYLOAD.length, bed.sent().get(0).length);
  }

  @Test
  void whatIsSentMeanwhileIsDroppedAndCounted() {
    link(false);
    assertFalse(bed.send(STATIC, PAYLOAD));
    assertFalse(bed.send(STATIC, PAYLOAD));
    bed.assertMoved(Map.of(Counter.DROP_LINK_DOWN, 2L));
    assertEquals(0, bed.if0.pending());
    assertTrue(bed.if0.transmitSpace() > 0, "or those who wait for space would never end");
    assertEquals(0, bed.pool.inUse());
    link(true);
    assertEquals(1, bed.sent().size(), "the announcement only");
  }

  @Test
  void whatTheRingHadNotTakenIsDropped() {
    bed.eth0.ringSpace = 0;
    bed.send(STATIC, PAYLOAD);
    bed.send(STATIC, PAYLOAD);
    assertEquals(2, bed.if0.pending());
    link(false);
    assertEquals(0, bed.if0.pending());
    assertEquals(0, bed.pool.inUse());
    bed.assertMoved(Map.of(Counter.DROP_LINK_DOWN, 2L));
    bed.eth0.ringSpace = 9;
    link(true);
    assertEquals(1, bed.sent().size(), "the announcement only");
  }

  /** The requests go nowhere, but their time passes: TCP learns of it after three seconds. */
  @Test
  void nobodyAnswersWithoutALink() {
    link(false);
    assertTrue(bed.send(Bed.PEER, PAYLOAD), "waits for the address");
    for (int i = 0; i < 2; i++) {
      bed.advance(Bed.SECOND);
      assertEquals(List.of(), bed.upper.unreachable);
    }
    bed.advance(Bed.SECOND);
    assertEquals(List.of(Bed.PEER), bed.upper.unreachable);
    bed.assertMoved(Map.of(Counter.DROP_LINK_DOWN, 3L, Counter.DROP_ARP_UNRESOLVED, 1L));
  }

  @Test
  void theAddressIsAnnouncedWhenTheLinkIsBack() {
    link(false);
    link(true);
    List<byte[]> sent = bed.sent();
    assertEquals(1, sent.size());
    Bed.assertFrame(ANNOUNCEMENT, sent.get(0));
    assertEquals(List.of(), Bed.take(bed.eth1));
  }

  @Test
  void onlyTheCoreWithQueueZeroAnnounces() {
    bed.close();
    bed = new Bed(512, 2048, 1500, List.of(), 1);
    link(false);
    link(true);
    assertEquals(List.of(), bed.sent());
  }

  @Test
  void atTheStartOnlyLinksThatAreUpHearOfUs() {
    link(false);
    bed.ip.announce();
    bed.flush();
    assertEquals(List.of(), bed.sent());
    assertEquals(1, Bed.take(bed.eth1).size());
    bed.assertCounted();
  }
}
