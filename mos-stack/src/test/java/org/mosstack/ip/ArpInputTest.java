package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.stats.Counter;

/** ARP packets from others: requests, announcements, lies. */
class ArpInputTest {
  private Bed bed = new Bed();

  @AfterEach
  void close() {
    bed.close();
  }

  private static byte[] question(long mac, int sender, int target) {
    return Frames.arp(Frames.BROADCAST, 1, mac, sender, 0, target);
  }

  private static byte[] reply(long mac, int sender) {
    return Frames.arp(Bed.MAC, 2, mac, sender, Bed.MAC, Bed.US);
  }

  private static byte[] gratuitous(int operation, long mac, int sender) {
    return Frames.arp(Frames.BROADCAST, operation, mac, sender, 0, sender);
  }

  /** Returns the MAC address that packets to the peer go to; 0 if it is asked for. */
  private long peerMac() {
    bed.sent();
    bed.send(Bed.PEER, new byte[1]);
    byte[] frame = bed.sent().get(0);
    if (frame[13] == 6) {
      bed.advance(Bed.SECOND);
      bed.advance(Bed.SECOND);
      bed.advance(Bed.SECOND);
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
    byte[] padded = Arrays.copyOf(question(Bed.PEER_MAC, Bed.PEER, Bed.US), 60);
    bed.receive(padded);
    List<byte[]> sent = bed.sent();
    assertEquals(1, sent.size());
    Bed.assertFrame(
        Frames.arp(Bed.PEER_MAC, 2, Bed.MAC, Bed.US, Bed.PEER_MAC, Bed.PEER), sent.get(0));
    assertEquals(Bed.PEER_MAC, peerMac());
    bed.assertCounted();
  }

  @Test
  void answersOnTheRightLinkOnly() {
    bed.receive(bed.if1, question(Bed.PEER_MAC, Frames.ip("192.168.0.5"), Bed.US));
    bed.receive(question(Bed.PEER_MAC, Bed.PEER, Bed.US_1));
    assertEquals(0, bed.sent().size() + Bed.take(bed.eth1).size());
    bed.assertCounted();
  }

  @Test
  void answersAProbeButLearnsNothing() {
    bed.receive(question(Bed.PEER_MAC, 0, Bed.US));
    Bed.assertFrame(
        Frames.arp(Bed.PEER_MAC, 2, Bed.MAC, Bed.US, Bed.PEER_MAC, 0), bed.sent().get(0));
    assertEquals(0, peerMac());
  }

  @Test
  void strangersAreNotLearned() {
    bed.receive(question(Bed.PEER_MAC, Bed.PEER, Bed.PEER + 1));
    bed.receive(gratuitous(1, Bed.PEER_MAC, Bed.PEER));
    bed.receive(gratuitous(2, Bed.PEER_MAC, Bed.PEER));
    bed.assertCounted();
    bed.receive(reply(Bed.PEER_MAC, Bed.PEER));
    bed.assertCounted(Counter.DROP_ARP_UNSOLICITED);
    assertEquals(0, bed.sent().size());
    assertEquals(0, peerMac());
  }

  @Test
  void whoAsksFromAnotherNetworkIsAnsweredNotLearned() {
    int stranger = Frames.ip("172.16.5.5");
    bed.receive(question(Bed.OTHER_MAC, stranger, Bed.US));
    assertEquals(1, bed.sent().size());
    bed.send(stranger, new byte[1]);
    Bed.assertFrame(Bed.broadcastRequest(Bed.GATEWAY), bed.sent().get(0));
  }

  @Test
  void floodFromOtherNetworksDrivesNobodyOut() {
    bed.receive(question(Bed.PEER_MAC, Bed.PEER, Bed.US));
    bed.advance(10 * Bed.SECOND);
    for (int i = 0; i < 4 * ArpTable.MAX_ENTRIES; i++) {
      bed.receive(question(Bed.OTHER_MAC, Frames.ip("172.16.0.1") + i, Bed.US));
    }
    assertEquals(Bed.PEER_MAC, peerMac());
  }

  @Test
  void announcementsUpdateWhoIsKnown() {
    bed.receive(question(Bed.PEER_MAC, Bed.PEER, Bed.US));
    bed.receive(gratuitous(1, Bed.OTHER_MAC, Bed.PEER));
    assertEquals(Bed.OTHER_MAC, peerMac());
    bed.receive(gratuitous(2, Bed.PEER_MAC, Bed.PEER));
    assertEquals(Bed.PEER_MAC, peerMac());
    bed.receive(question(Bed.OTHER_MAC, Bed.PEER, Bed.PEER + 9)); // RFC 826: merge
    assertEquals(Bed.OTHER_MAC, peerMac());
    bed.assertCounted();
  }

  @Test
  void announcementAnswersAnOpenQuestion() {
    bed.send(Bed.PEER, new byte[1]);
    bed.sent();
    bed.receive(gratuitous(1, Bed.PEER_MAC, Bed.PEER));
    assertEquals(1, bed.sent().size());
  }

  @Test
  void unsolicitedReplyDoesNotReplaceAnAddressInUse() {
    bed.receive(question(Bed.PEER_MAC, Bed.PEER, Bed.US));
    bed.receive(reply(Bed.OTHER_MAC, Bed.PEER));
    bed.assertCounted(Counter.DROP_ARP_UNSOLICITED);
    assertEquals(Bed.PEER_MAC, peerMac());
    bed.advance(50 * Bed.SECOND);
    bed.receive(reply(Bed.PEER_MAC, Bed.PEER)); // the same address again confirms
    bed.assertCounted();
    bed.advance(50 * Bed.SECOND);
    bed.sent();
    bed.send(Bed.PEER, new byte[1]);
    assertEquals(1, bed.sent().size());
  }

  @Test
  void announcesItself() {
    bed.ip.announce();
    bed.flush();
    Bed.assertFrame(gratuitous(1, Bed.MAC, Bed.US), bed.sent().get(0));
    Bed.assertFrame(gratuitous(1, Bed.MAC_1, Bed.US_1), Bed.take(bed.eth1).get(0));
    assertEquals(0, bed.lo.sent.size());
  }

  @Test
  void onlyTheFirstQueueAnnounces() {
    bed.close();
    bed = new Bed(64, 2048, 1500, List.of(), 1);
    bed.ip.announce();
    bed.flush();
    assertEquals(0, bed.sent().size());
  }

  @Test
  void defendsItsAddressNowAndThen() {
    byte[] claim = gratuitous(1, Bed.OTHER_MAC, Bed.US);
    bed.receive(claim);
    List<byte[]> sent = bed.sent();
    assertEquals(1, sent.size());
    Bed.assertFrame(gratuitous(1, Bed.MAC, Bed.US), sent.get(0));
    bed.assertCounted(Counter.ARP_CONFLICTS, Counter.DROP_ARP_SENDER);
    bed.advance(10 * Bed.SECOND - 1);
    bed.receive(claim);
    bed.receive(reply(Bed.OTHER_MAC, Bed.US));
    assertEquals(0, bed.sent().size());
    bed.assertMoved(Map.of(Counter.ARP_CONFLICTS, 2L, Counter.DROP_ARP_SENDER, 2L));
    bed.receive(bed.if1, gratuitous(1, Bed.OTHER_MAC, Bed.US_1)); // each link has its own limit
    assertEquals(1, Bed.take(bed.eth1).size());
    bed.advance(1);
    bed.receive(claim);
    assertEquals(1, bed.sent().size());
  }

  @Test
  void malformedAndImpossible() {
    byte[] good = question(Bed.PEER_MAC, Bed.PEER, Bed.US);
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
    assertDropped(question(0, Bed.PEER, Bed.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(Frames.BROADCAST, Bed.PEER, Bed.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(0x0100_5E00_0001L, Bed.PEER, Bed.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(Bed.MAC, Bed.PEER, Bed.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(Bed.MAC, Bed.US, Bed.US), Counter.DROP_ARP_SENDER);
    assertDropped(question(Bed.MAC_1, Bed.US_1, Bed.US), Counter.DROP_ARP_SENDER);
    for (String sender :
        List.of("224.0.0.1", "255.255.255.255", "10.0.0.255", "127.0.0.1", "0.1.2.3")) {
      assertDropped(question(Bed.PEER_MAC, Frames.ip(sender), Bed.US), Counter.DROP_ARP_SENDER);
    }
    bed.receive(bed.ifLo, Frames.arp(0, 1, Bed.PEER_MAC, Bed.PEER, 0, Bed.LOOPBACK));
    bed.assertCounted(Counter.DROP_ETHERNET_TYPE);
  }

  private void assertDropped(byte[] frame, Counter reason) {
    bed.receive(frame);
    bed.assertCounted(reason);
    assertEquals(0, bed.sent().size());
    assertEquals(0, bed.pool.inUse());
  }
}
