package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.syn;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Frames;

/**
 * An off-path attacker: it sends in the name of a client whose four-tuple it knows, and sees only
 * the stack's answers to itself. It infers what it can't see from whatever its own answers share
 * with the client's.
 */
class OffPathTest extends ScriptTestBase {
  private static final int ATTACKER = 0x0A00_0003;
  private static final int ATTACKER_PORT = 6666;
  private static final int WINDOW = 262_144;
  private static final int UDP = 17;
  private static final int ICMP = 1;

  /** Resets the attack took while all shared one identification counter: see the commit. */
  private static final int RESETS_ONCE_ENOUGH = 30_000;

  /** Time until a connection sends another challenge ACK. */
  private static final double CHALLENGE_MILLIS = 501;

  private int resets;

  private void connectVictim() {
    connectVictim(1);
  }

  private void connectVictim(long seed) {
    s =
        new Script(
            1500,
            seed,
            config ->
                withArp(config).arp("10.0.0.3 02:00:00:00:00:03").set(MosKeys.RMEM_SIZE, WINDOW));
    establish(syn().mss(MSS).wscale(7));
    // The attacker doesn't know where its window is.
    int first = new SplittableRandom(seed).nextInt() & 0xFFFF;
    peer.send(Seg.data(1, 1, first % 1000 + 1));
    s.settle();
    app.readAll();
    s.forgetReceived();
  }

  // ---- What the attacker can do ----

  private void spoofReset(int absoluteSequence) {
    peer.send(rst(absoluteSequence - peer.iss()));
    resets++;
    if (resets % 100 == 0) {
      s.settle();
    }
  }

  private static byte[] echoRequest(int sequence) {
    ByteBuffer icmp = ByteBuffer.allocate(64).put(0, (byte) 8).putInt(4, sequence);
    return icmp.putShort(2, (short) Frames.checksum(icmp.array())).array();
  }

  /** Returns the identification of the answer to a ping. */
  private int ping() {
    s.settle();
    s.sendPacket(ICMP, ATTACKER, echoRequest(resets));
    s.settle();
    return s.toOthers.removeLast().getShort(4) & 0xFFFF;
  }

  /** Whether one packet went out between two answers to us: presumably a challenge ACK. */
  private boolean drawsChallenge(int from, int step, int count) {
    int before = ping();
    for (int i = 0; i < count; i++) {
      spoofReset(from + i * step);
    }
    boolean challenged = (ping() - before & 0xFFFF) == 2;
    s.run(CHALLENGE_MILLIS);
    return challenged;
  }

  private boolean isReset() {
    s.settle();
    return app.isClosed();
  }

  /** Searches for the window in steps of its size, bisects, and hits its left edge. */
  private void attack(int start) {
    int blocks = (int) (0x1_0000_0000L / WINDOW);
    int batch = 512;
    for (int block = 0; block < blocks; block += batch) {
      int from = start + block * WINDOW;
      if (drawsChallenge(from, WINDOW, batch)) {
        closeIn(from, batch);
        return;
      }
    }
  }

  private void closeIn(int from, int found) {
    int first = from;
    for (int count = found; count > 1; count /= 2) {
      if (!drawsChallenge(first, WINDOW, count / 2)) {
        first += count / 2 * WINDOW;
      }
    }
    int outside = first - WINDOW;
    int inside = first;
    while (inside - outside > 1 && !isReset()) {
      int middle = outside + (inside - outside) / 2;
      if (drawsChallenge(middle, 1, 1)) {
        inside = middle;
      } else {
        outside = middle;
      }
    }
    for (int i = -2; i <= 2; i++) {
      spoofReset(inside + i);
    }
  }

  @Test
  void guessedResetsGainNothingInTenTimesThePackets() { // RFC 5961, RFC 6864
    connectVictim();
    SplittableRandom random = new SplittableRandom(5);
    while (resets < 10 * RESETS_ONCE_ENOUGH) {
      attack(random.nextInt());
      assertFalse(isReset(), () -> "reset after " + resets + " guesses");
    }
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    assertTrue(s.stack.count(Counter.TCP_CHALLENGE_ACKS_SENT) > 0, "the guesses weren't in vain");
    s.forgetReceived();
    s.toOthers.clear();
  }

  // ---- What the attacker sees doesn't depend on what the client makes the stack do ----

  /** What is done in the client's name between some of the attacker's own actions. */
  private interface Spoofing {
    void run(int round);
  }

  /** Returns everything that an attacker who tries everything receives, and when. */
  private List<String> view(Spoofing spoofed) {
    connectVictim();
    List<String> view = new ArrayList<>();
    for (int round = 0; round < 200; round++) {
      spoofed.run(round);
      s.settle();
      s.sendPacket(ICMP, ATTACKER, echoRequest(round));
      s.sendPacket(UDP, ATTACKER, datagram(round));
      s.sendPacket(99, ATTACKER, new byte[8]);
      ownSegments(round);
      s.settle();
      for (ByteBuffer packet : s.toOthers) {
        byte[] bytes = new byte[packet.limit()];
        packet.get(0, bytes);
        view.add(s.now() + " " + HexFormat.of().formatHex(bytes));
      }
      s.toOthers.clear();
      s.run(round % 2 == 0 ? 3 : 400);
    }
    s.forgetReceived();
    s.toOthers.clear();
    s.finish();
    s = null;
    return view;
  }

  /** A datagram to a closed port, without a checksum. */
  private static byte[] datagram(int round) {
    ByteBuffer udp = ByteBuffer.allocate(8);
    return udp.putShort((short) 53).putShort((short) (1000 + round)).putShort((short) 8).array();
  }

  /** Sends SYNs, answered with sequence numbers and timestamps, and segments that draw a RST. */
  private void ownSegments(int round) {
    Seg syn = syn().mss(MSS).ts(round, 0).win(0xFFFF);
    syn.source = ATTACKER;
    s.sendTcp(syn.encode(ATTACKER_PORT + round, Script.PORT, round, 0), syn);
    Seg reset = rst(1).win(0);
    reset.source = ATTACKER;
    s.sendTcp(reset.encode(ATTACKER_PORT + round, Script.PORT, round, 0), reset);
    Seg stray = Seg.ack(1, 1).win(0xFFFF);
    stray.source = ATTACKER;
    s.sendTcp(stray.encode(ATTACKER_PORT + round, 81, round, 0), stray);
  }

  private void looksTheSame(Spoofing one, Spoofing other) {
    List<String> first = view(one);
    List<String> second = view(other);
    assertTrue(first.size() > 600, "answers: " + first.size());
    for (int i = 0; i < first.size(); i++) {
      int at = i;
      assertEquals(first.get(i), i < second.size() ? second.get(i) : "", () -> "answer " + at);
    }
    assertEquals(first.size(), second.size());
  }

  @Test
  void challengeAcksCannotBeSeen() {
    int[] outside = {0x4000_0000};
    int[] inside = {5};
    for (int[] sequence : Arrays.asList(outside, inside)) {
      looksTheSame(round -> {}, round -> peer.send(rst(sequence[0] + 2000 + round)));
    }
  }

  @Test
  void duplicateAcksCannotBeSeen() {
    looksTheSame(round -> {}, round -> peer.send(Seg.data(3000 + round, 1, 1)));
  }

  @Test
  void resetsForStrangersCannotBeSeen() {
    Peer[] stray = new Peer[1];
    looksTheSame(
        round -> {},
        round -> {
          stray[0] = round == 0 ? s.peer(9999, 81) : stray[0];
          stray[0].send(Seg.ack(1, 1));
        });
  }

  @Test
  void icmpErrorsOfOthersCannotBeCounted() { // CVE-2020-25705
    looksTheSame(
        round -> {},
        round -> {
          for (int i = 0; i < 10; i++) {
            s.sendPacket(UDP, Script.REMOTE, datagram(i));
          }
        });
  }

  @Test
  void echoRepliesToOthersCannotBeCounted() {
    looksTheSame(
        round -> {},
        round -> {
          for (int i = 0; i < 100; i++) {
            s.sendPacket(ICMP, Script.REMOTE, echoRequest(i));
          }
        });
  }

  @Test
  void connectionsOfOthersLeaveNoTraceInNumbersAndPorts() { // RFC 6528, RFC 7323 5.4
    looksTheSame(
        round -> {},
        round -> {
          Peer other = s.peer();
          other.send(syn().mss(MSS).ts(5, 0));
          s.settle();
          other.send(rst(1));
        });
  }
}
