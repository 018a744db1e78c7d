package org.mosstack.sim;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.mosstack.sim.ConnectionPlan.Manner;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.SocketOptions;

/** Families of runs. Each seed gives one plan per scenario. */
enum Scenario {
  /** Nothing bad happens, on links with any delay. */
  CLEAN((p, r) -> {}),
  /** Each packet may be lost. */
  RANDOM_LOSS(
      (p, r) -> {
        p.toServer.loss(r.nextDouble(0.15));
        p.toClient.loss(r.nextDouble(0.15));
      }),
  /** Losses come in bursts (Gilbert-Elliott). */
  BURST_LOSS(
      (p, r) -> {
        p.toServer.bursts(r.nextDouble(0.04), r.nextDouble(0.2, 0.8), 0.9);
        p.toClient.bursts(r.nextDouble(0.04), r.nextDouble(0.2, 0.8), 0.9);
      }),
  /** The handshake's segments are lost, up to four times each. */
  HANDSHAKE_LOSS(
      (p, r) -> {
        Target[] targets = {Target.SYN, Target.SYN_ACK, Target.PURE_ACK};
        p.toServer.target(targets[r.nextInt(3)], 1 + r.nextInt(4));
        p.toClient.target(targets[r.nextInt(3)], 1 + r.nextInt(4));
      }),
  /** Each side's first FINs are lost. */
  FIN_LOSS(
      (p, r) -> {
        p.toServer.target(Target.FIN, r.nextInt(5));
        p.toClient.target(Target.FIN, r.nextInt(5));
      }),
  /** The last segments of writes are lost. */
  TAIL_LOSS(
      (p, r) -> {
        p.toServer.target(Target.TAIL, 1 + r.nextInt(6));
        p.toClient.target(Target.TAIL, 1 + r.nextInt(6));
      }),
  /**
   * The first data segments are lost, a whole window of them. One more, on its own, would outlast
   * the eight retransmissions of a connection closed by its application, and leave its peer
   * waiting, as with any stack.
   */
  DATA_LOSS(
      (p, r) -> {
        p.toServer.target(Target.DATA, 1 + r.nextInt(8));
        p.toClient.target(Target.DATA, 1 + r.nextInt(8));
      }),
  /** Every n-th packet is lost. */
  EVERY_NTH(
      (p, r) -> {
        p.toServer.everyNth(3 + r.nextInt(20));
        p.toClient.everyNth(3 + r.nextInt(20));
      }),
  /** Packets overtake each other. */
  REORDER(
      (p, r) -> {
        p.toServer.reorder(r.nextDouble(0.4), 1 + r.nextLong(30_000_000));
        p.toClient.reorder(r.nextDouble(0.4), 1 + r.nextLong(30_000_000));
      }),
  /** Packets are duplicated. */
  DUPLICATE(
      (p, r) -> {
        p.toServer.duplicate(r.nextDouble(0.4)).reorder(0.1, 10_000_000);
        p.toClient.duplicate(r.nextDouble(0.4)).reorder(0.1, 10_000_000);
      }),
  /** Bytes are corrupted in transit. */
  CORRUPT(
      (p, r) -> {
        p.toServer.corrupt(r.nextDouble(0.1));
        p.toClient.corrupt(r.nextDouble(0.1));
      }),
  /** The round-trip time keeps changing. */
  JITTER(
      (p, r) -> {
        p.toServer.delay(r.nextLong(5_000_000), 1 + r.nextLong(150_000_000));
        p.toClient.delay(r.nextLong(5_000_000), 1 + r.nextLong(150_000_000));
        p.toServer.jitterReorders = r.nextInt(3) == 0;
        p.toClient.jitterReorders = r.nextInt(3) == 0;
      }),
  /** A slow link behind a short queue. */
  BOTTLENECK(
      (p, r) -> {
        long rate = 200_000L << r.nextInt(8);
        p.toServer.rate(rate, 4_000 + r.nextInt(60_000));
        p.toClient.rate(rate, 4_000 + r.nextInt(60_000));
      }),
  /** A slow link that marks before its queue is full. */
  MARKING(
      (p, r) -> {
        long rate = 500_000L << r.nextInt(8);
        p.toServer.rate(rate, 60_000).markFrom(5_000 + r.nextInt(20_000));
        p.toClient.rate(rate, 60_000).markFrom(5_000 + r.nextInt(20_000));
      }),
  /** The cable is unplugged and plugged in again. */
  CABLE((p, r) -> outages(p, r, true)),
  /** Nothing gets through for a while, without notice. */
  BLACKOUT((p, r) -> outages(p, r, false)),
  /** Applications with small buffers that read and write at random times. */
  SMALL_WINDOWS(
      (p, r) -> {
        p.mos = p.mos.replaceAll("rmem_size = \\d+", "rmem_size = " + (2048 << r.nextInt(2)));
        p.toServer.loss(r.nextDouble(0.03));
        p.toClient.loss(r.nextDouble(0.03));
        moody(p, r);
      }),
  /** Paths with small packets. */
  SMALL_MTU(
      (p, r) -> {
        p.mtu = 128 + r.nextInt(500);
        p.toServer.loss(r.nextDouble(0.05));
        p.toClient.loss(r.nextDouble(0.05));
      }),
  /** Applications that reset their connections. */
  ABORTS(
      (p, r) -> {
        p.mos = p.mos.replace("tcp_timeout = -1", "tcp_timeout = 300");
        p.toServer.loss(r.nextDouble(0.05));
        p.toClient.loss(r.nextDouble(0.05));
        aborting(p, r);
      }),
  /** A peer acknowledges data never sent. */
  LYING_ACKS((p, r) -> claims(p, r, FalseClaim.ACK_OF_UNSENT, 0.2)),
  /** A peer reports data it doesn't have. */
  LYING_SACK((p, r) -> claims(p, r, FalseClaim.SACK, 0.5)),
  /** A peer shrinks its window. */
  SHRINKING_WINDOWS((p, r) -> claims(p, r, FalseClaim.SHRUNK_WINDOW, 0.5)),
  /** A peer's timestamps are old. */
  OLD_TIMESTAMPS((p, r) -> claims(p, r, FalseClaim.OLD_TIMESTAMP, 0.2)),
  /** A peer's timestamps are in the future: connections may break, but not silently. */
  FUTURE_TIMESTAMPS(
      (p, r) -> {
        claims(p, r, FalseClaim.FUTURE_TIMESTAMP, 0.02);
        p.mos = p.mos.replace("tcp_timeout = -1", "tcp_timeout = 300");
        p.mayBreak = true;
      }),
  /** A peer echoes timestamps never sent to it. */
  WRONG_ECHOES((p, r) -> claims(p, r, FalseClaim.WRONG_ECHO, 0.3)),
  /** An off-path attacker forges segments (RFC 5961). */
  FORGERIES((p, r) -> p.forgeryNanos = 200_000 + r.nextLong(5_000_000)),
  /** Any of these, combined. */
  ANYTHING(
      (p, r) -> {
        for (LinkPlan link : List.of(p.toServer, p.toClient)) {
          link.loss(r.nextDouble(0.08)).duplicate(r.nextDouble(0.1));
          link.corrupt(r.nextDouble(0.03)).reorder(r.nextDouble(0.2), 20_000_000);
          link.bursts(r.nextDouble(0.01), 0.4, 0.8);
          if (r.nextBoolean()) {
            link.rate(1_000_000L << r.nextInt(7), 8_000 + r.nextInt(60_000));
          }
        }
        if (r.nextInt(3) == 0) {
          outages(p, r, false);
        }
        p.forgeryNanos = r.nextBoolean() ? 20_000_000 : 0;
      });

  private static final long MILLI = 1_000_000;
  private static final int MIN_CONNECTIONS = 10;

  private final BiConsumer<RunPlan, SplittableRandom> shape;

  Scenario(BiConsumer<RunPlan, SplittableRandom> shape) {
    this.shape = shape;
  }

  /** Returns the name on the command line. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the scenario with this name; null if there is none. */
  static Scenario of(String id) {
    return Arrays.stream(values()).filter(s -> s.id().equals(id)).findAny().orElse(null);
  }

  /** Returns all names. */
  static String ids() {
    return Arrays.stream(values()).map(Scenario::id).collect(Collectors.joining(", "));
  }

  /** Returns a seed's plan. */
  RunPlan plan(long seed) {
    // Each has its own random numbers, independent of other scenarios.
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + name().hashCode());
    RunPlan plan = new RunPlan(id(), seed);
    plan.mos =
        "tcp_timeout = -1\ntcp_tw_interval = 240\n"
            + ("rmem_size = " + (4096 << random.nextInt(5)) + "\n")
            + ("wmem_size = " + (4096 << random.nextInt(5)) + "\n");
    plan.toServer.delay(random.nextLong(20 * MILLI), random.nextLong(MILLI));
    plan.toClient.delay(random.nextLong(20 * MILLI), random.nextLong(MILLI));
    int count = MIN_CONNECTIONS + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      plan.connections.add(connection(i, random));
    }
    shape.accept(plan, random);
    return plan;
  }

  private static ConnectionPlan connection(int id, SplittableRandom r) {
    int largest = 1 << 4 + r.nextInt(12);
    SocketOptions options =
        SocketOptions.builder()
            .receiveBuffer(r.nextInt(4) == 0 ? 2048 + r.nextInt(60_000) : 0)
            .sendBuffer(r.nextInt(4) == 0 ? 2048 + r.nextInt(60_000) : 0)
            .maxSegment(r.nextInt(8) == 0 ? 100 + r.nextInt(1000) : 0)
            .congestion(congestion(r.nextLong()))
            .build();
    int waits = r.nextInt(3); // at most one of them: otherwise both would wait forever
    return new ConnectionPlan(
        id,
        r.nextLong(),
        r.nextInt(4) != 0,
        r.nextLong(200 * MILLI),
        r.nextInt(largest),
        r.nextInt(largest),
        manner(r, waits == 1),
        manner(r, waits == 2),
        options);
  }

  /** Picks one of all algorithms. */
  static CongestionAlgorithm congestion(long choice) {
    CongestionAlgorithm[] all = CongestionAlgorithm.values();
    return all[Math.floorMod(choice, all.length)];
  }

  private static Manner manner(SplittableRandom r, boolean waits) {
    long actNanos = r.nextInt(4) == 0 ? 1 + r.nextLong(10 * MILLI) : 0;
    return new Manner(actNanos, waits, -1);
  }

  private static void moody(RunPlan p, SplittableRandom r) {
    p.connections.replaceAll(
        c ->
            new ConnectionPlan(
                c.id(),
                c.seed(),
                c.fromClient(),
                c.startNanos(),
                c.up(),
                c.down(),
                new Manner(1 + r.nextLong(10 * MILLI), c.opener().waitsForEnd(), -1),
                new Manner(1 + r.nextLong(10 * MILLI), c.accepter().waitsForEnd(), -1),
                c.options()));
  }

  private static void aborting(RunPlan p, SplittableRandom r) {
    p.connections.replaceAll(
        c -> {
          Manner opener = aborting(c.opener(), c.down(), r);
          Manner accepter = aborting(c.accepter(), c.up(), r);
          return new ConnectionPlan(
              c.id(),
              c.seed(),
              c.fromClient(),
              c.startNanos(),
              c.up(),
              c.down(),
              opener,
              accepter,
              c.options());
        });
  }

  private static Manner aborting(Manner m, int toReceive, SplittableRandom r) {
    int at = r.nextInt(3) == 0 ? r.nextInt(toReceive + 1) : -1;
    return new Manner(m.actNanos(), m.waitsForEnd(), at);
  }

  private static void outages(RunPlan p, SplittableRandom r, boolean carrier) {
    long at = r.nextLong(200 * MILLI);
    for (int i = 1 + r.nextInt(3); i > 0; i--) {
      long length = 1 + r.nextLong(r.nextInt(4) == 0 ? 20_000 * MILLI : 500 * MILLI);
      p.outages.add(new Outage(at, at + length, carrier));
      at += length + 1 + r.nextLong(3_000 * MILLI);
    }
    p.toServer.delay(20 * MILLI, 0);
    p.toClient.delay(20 * MILLI, 0);
  }

  private static void claims(RunPlan p, SplittableRandom r, FalseClaim claim, double most) {
    p.toServer.claim(claim, r.nextDouble(most)).loss(r.nextDouble(0.03));
    p.toClient.claim(claim, r.nextDouble(most)).loss(r.nextDouble(0.03));
  }

  /**
   * Returns the plan with this index, for a series of runs: scenarios in turn, each time with a new
   * seed.
   */
  static RunPlan plan(List<Scenario> among, long firstSeed, long index) {
    return among.get((int) (index % among.size())).plan(firstSeed + index);
  }
}
