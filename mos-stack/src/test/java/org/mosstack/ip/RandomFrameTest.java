package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** Noise, and good frames with a few bytes changed: nothing throws, nothing is lost. */
class RandomFrameTest {
  private static final int FRAMES_PER_SEED = 10_000;
  private static final int SEEDS = 30;

  private static List<byte[]> models() {
    byte[] quote = new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, Frames.tcp(1, 2, 3, 0)).packet();
    Frames.Ipv4 options = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1, 2, 3, 50));
    options.options = new byte[12];
    byte[] datagram = Frames.udp(IpFixture.PEER, IpFixture.US, 1, 2, new byte[30]);
    List<byte[]> models = new ArrayList<>();
    models.add(
        Frames.arp(Frames.BROADCAST, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, IpFixture.US));
    models.add(
        Frames.arp(
            IpFixture.MAC, 2, IpFixture.PEER_MAC, IpFixture.PEER, IpFixture.MAC, IpFixture.US));
    models.add(
        Frames.arp(Frames.BROADCAST, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, IpFixture.PEER));
    models.add(options.frame(IpFixture.MAC, IpFixture.PEER_MAC));
    options.options = new byte[] {(byte) 0x83, 7, 4, 10, 0, 0, 9, 0};
    models.add(options.frame(IpFixture.MAC, IpFixture.PEER_MAC));
    for (byte[] icmp :
        List.of(
            Frames.icmp(8, 0, 1, new byte[33]),
            Frames.icmp(3, 4, 1200, quote),
            Frames.icmp(11, 0, 0, quote))) {
      models.add(
          new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 1, icmp)
              .frame(IpFixture.MAC, IpFixture.PEER_MAC));
    }
    models.add(
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 17, datagram)
            .frame(IpFixture.MAC, IpFixture.PEER_MAC));
    models.add(
        new Frames.Ipv4(IpFixture.FAR, IpFixture.US, 47, new byte[20]).frame(IpFixture.MAC, 5));
    return models;
  }

  /** Pieces of a few datagrams, which happen to fit, contradict or overlap each other. */
  private static byte[] fragment(SplittableRandom random) {
    boolean tcp = random.nextBoolean();
    int bytes = random.nextInt(50) == 0 ? 65_508 : 160 + 8 * random.nextInt(3);
    byte[] payload = tcp ? Frames.tcp(1, 2, 3, bytes) : Frames.icmp(8, 0, 1, new byte[bytes]);
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, tcp ? 6 : 1, payload);
    packet.identification = random.nextInt(6);
    packet.tos = random.nextInt(6) == 0 ? random.nextInt(4) : 2;
    int unit = random.nextInt(4) == 0 ? 8 : 48;
    int units = (payload.length - 1) / unit;
    int from = unit * (random.nextInt(5) == 0 ? units : random.nextInt(units + 1));
    int to = Math.min(payload.length, from + unit);
    return IpFixture.fragment(packet, from, to, to < payload.length);
  }

  /** A datagram in fragments, in any order; perhaps too large, or in too many of them. */
  private static List<byte[]> train(SplittableRandom random) {
    int[][] kinds = {{3000, 1480}, {3000, 1480}, {1200, 8}, {200, 64}};
    int[] kind = kinds[random.nextInt(kinds.length)];
    int protocol = new int[] {1, 6, 17, 47}[random.nextInt(4)];
    byte[] payload =
        switch (protocol) {
          case 1 -> Frames.icmp(random.nextBoolean() ? 8 : 3, 0, 1, new byte[kind[0]]);
          case 17 -> Frames.udp(IpFixture.PEER, IpFixture.US, 1, 2, new byte[kind[0]]);
          default -> Frames.tcp(1, 2, 3, kind[0]);
        };
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, protocol, payload);
    packet.identification = 100 + random.nextInt(1000);
    List<byte[]> fragments = IpFixture.fragments(packet, kind[1]);
    Collections.shuffle(fragments, new Random(random.nextLong()));
    return fragments;
  }

  /** First fragments of many datagrams from one source. */
  private static List<byte[]> starts(SplittableRandom random) {
    List<byte[]> starts = new ArrayList<>();
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.FAR, IpFixture.US, 6, new byte[64]);
    for (int i = random.nextInt(80); i >= 0; i--) {
      packet.identification = i;
      starts.add(IpFixture.fragment(packet, 0, 32, true));
    }
    return starts;
  }

  private static byte[] noise(SplittableRandom random) {
    byte[] frame = new byte[random.nextInt(200)];
    random.nextBytes(frame);
    return frame;
  }

  private static byte[] mutated(SplittableRandom random, byte[] model) {
    int length = random.nextInt(4) == 0 ? random.nextInt(model.length + 20) : model.length;
    byte[] frame = Arrays.copyOf(model, length);
    for (int i = random.nextInt(4); i > 0 && length > 0; i--) {
      frame[random.nextInt(length)] = (byte) random.nextInt();
    }
    if (random.nextBoolean()) {
      repairChecksums(frame);
    }
    return frame;
  }

  /** Lets mutations get past the first check. */
  private static void repairChecksums(byte[] frame) {
    int headerBytes = frame.length < 34 ? 0 : (frame[14] & 0x0F) * 4;
    if (headerBytes < 20 || 14 + headerBytes > frame.length) {
      return;
    }
    repair(frame, 14, headerBytes, 24);
    int icmp = 14 + headerBytes;
    int end = Math.min(frame.length, 14 + ((frame[16] & 0xFF) << 8 | frame[17] & 0xFF));
    if (frame[23] == 1 && end >= icmp + 8) {
      repair(frame, icmp, end - icmp, icmp + 2);
    }
  }

  private static void repair(byte[] frame, int from, int length, int at) {
    frame[at] = 0;
    frame[at + 1] = 0;
    int checksum = Frames.checksum(frame, from, length);
    frame[at] = (byte) (checksum >> 8);
    frame[at + 1] = (byte) checksum;
  }

  @Test
  void nothingThrowsAndNothingIsLost() {
    List<byte[]> models = models();
    long[] counted = new long[Counter.values().length];
    for (long seed = 1; seed <= SEEDS; seed++) {
      try (IpFixture fixture = new IpFixture(1100, List.of())) {
        fixture.eth0.onTransmit(_ -> {});
        fixture.eth1.onTransmit(_ -> {});
        run(fixture, new SplittableRandom(seed), models);
        for (Counter each : Counter.values()) {
          counted[each.ordinal()] += fixture.counters.get(each);
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    for (Counter each : Counter.values()) {
      boolean ours = each.name().matches("DROP_(ETHERNET|ARP|IP|ICMP|UDP)_.*");
      boolean elsewhere =
          each == Counter.DROP_ETHERNET_SEGMENTS
              || each == Counter.DROP_IP_NO_ROUTE
              || each == Counter.DROP_IP_TOO_BIG
              || each == Counter.DROP_IP_SEGMENTS
              || each == Counter.DROP_ARP_QUEUE_FULL
              || each == Counter.DROP_ARP_UNKNOWN_PEER; // ArpTest asks many at once
      assertTrue(!ours || elsewhere || counted[each.ordinal()] > 0, "never reached: " + each);
    }
  }

  private static byte[] frame(SplittableRandom random, List<byte[]> models) {
    return switch (random.nextInt(8)) {
      case 0 -> noise(random);
      case 1, 2 -> fragment(random);
      case 3 -> mutated(random, fragment(random));
      default -> mutated(random, models.get(random.nextInt(models.size())));
    };
  }

  private static void run(IpFixture fixture, SplittableRandom random, List<byte[]> models) {
    NetInterface[] interfaces = {fixture.if0, fixture.if0, fixture.if0, fixture.if1, fixture.ifLo};
    for (int i = 0; i < FRAMES_PER_SEED; i++) {
      if (random.nextInt(100) == 0) {
        List<byte[]> together = random.nextBoolean() ? train(random) : starts(random);
        together.forEach(
            each ->
                fixture.ip.input(fixture.if0, FakeDevice.mbuf(fixture.pool, each), fixture.now));
        fixture.flush();
      }
      byte[] frame = frame(random, models);
      NetInterface from = interfaces[random.nextInt(interfaces.length)];
      long mbuf = FakeDevice.mbuf(fixture.pool, frame);
      if (random.nextInt(10) == 0) {
        Mbuf.setTicket(mbuf, random.nextBoolean() ? Ticket.NONE : Ticket.of(1, 0, 2, 3));
        fixture.ip.inputPassedOn(from, mbuf, fixture.now);
      } else {
        fixture.ip.input(from, mbuf, fixture.now);
      }
      if (random.nextInt(20) == 0) {
        fixture.send(Frames.ip("10.0.0.2") + random.nextInt(30), new byte[random.nextInt(100)]);
      }
      fixture.lo.detach(0); // looped-back packets don't matter
      fixture.upper.segments.clear();
      fixture.upper.errors.clear();
      fixture.upper.unreachable.clear();
      fixture.advance(random.nextInt(1000) == 0 ? random.nextLong(70 * IpFixture.SECOND) : 10_000);
    }
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS);
    for (int i = 0; i < 4; i++) {
      fixture.advance(IpFixture.SECOND);
    }
    assertEquals(0, fixture.pool.inUse(), "buffers still held when all questions are given up");
  }
}
