package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.testkit.RecordingHandler;

/**
 * Connections that have transferred more than 2 GB without loss: sequence numbers kept from the
 * start must not seem to lie ahead. Two tests really send and receive that much; the others skip
 * most of it. {@link SequenceNumbersTest} has the list of what is kept.
 */
class LongLifeTest {
  private static final long BEYOND = (1L << 31) + (200 << 20);
  private static final int SKIP = 64 << 20;
  private static final int MSS = 64_000;
  private static final int BUFFER = 1 << 26;
  private static final int[] WINDOW_SCALE = {1 << 24 | 3 << 16 | 3 << 8 | 14};
  private static final int[] SCALE_AND_SACK = {
    1 << 24 | 3 << 16 | 3 << 8 | 14, 1 << 24 | 1 << 16 | 4 << 8 | 2
  };

  private final RecordingHandler recorder = new RecordingHandler();
  private TcpFixture fixture;
  private TcpFixture.Remote remote;
  private Tcb c;

  /** Milliseconds until data is acknowledged. */
  private int roundTrip;

  private void establish(int mss, int... options) {
    fixture = TcpFixture.jumbo(new TcpConfig(0, 100, 10_000, BUFFER, BUFFER, 0, 0), mss);
    fixture.listen((listener, core) -> {});
    remote = fixture.synReceived(options);
    c = fixture.accept(remote, recorder);
    c.sendBuffer(BUFFER);
    fixture.sent.clear();
  }

  @AfterEach
  void end() {
    c.abort();
    fixture.turn();
    fixture.close();
  }

  private void write(int bytes) {
    for (int left = bytes; left > 0; ) {
      int n = Math.min(left, 1 << 20);
      assertEquals(n, c.write(fixture.memory.address(), n, recorder));
      left -= n;
    }
    fixture.turn();
  }

  private void ack(int seq) {
    remote.ack(1, seq - remote.iss);
  }

  private void ackAll() {
    ack(c.sndMax);
    fixture.turn();
    fixture.sent.clear();
  }

  /** Sends bytes in writes of a given size, each acknowledged at once. */
  private void send(long bytes, int atATime) {
    for (long left = bytes; left > 0; left -= atATime) {
      write(atATime);
      while (c.queuedBytes() > 0) {
        fixture.run(roundTrip);
        ackAll();
      }
    }
  }

  /**
   * Advances as if as much had been sent and acknowledged, really sending only an occasional
   * segment.
   */
  private void age() {
    assertEquals(0, c.queuedBytes());
    for (long left = BEYOND; left > 0; left -= SKIP) {
      c.sndUna += SKIP;
      c.sndNxt += SKIP;
      c.sndMax += SKIP;
      c.sndWl2 += SKIP;
      send(1000, 1000);
    }
  }

  private void sack(int from, int to) {
    int[] option = {1 << 24 | 1 << 16 | 5 << 8 | 10, from, to};
    fixture.segment(
        remote.port,
        TcpFixture.PORT,
        TcpHeader.ACK,
        TcpFixture.PEER_ISS + 1,
        c.sndUna,
        TcpFixture.WINDOW,
        0,
        option);
    fixture.turn();
  }

  /** RFC 6582 section 3.2: three duplicates count for data sent since the last recovery. */
  @Test
  void threeDuplicatesStillTellOfALoss() {
    establish(MSS, WINDOW_SCALE);
    age();
    write(10 * MSS);
    for (int i = 0; i < 3; i++) {
      ack(c.sndUna);
    }
    fixture.turn();
    assertEquals(1, fixture.counters.get(Counter.TCP_FAST_RETRANSMITS));
  }

  /** RFC 3168 section 6.1.2: an echo counts if it isn't for the window reduced last. */
  @Test
  void anEchoOfCongestionStillReduces() {
    establish(MSS, WINDOW_SCALE);
    c.ecn = true;
    age();
    write(10 * MSS);
    remote.send(TcpHeader.ACK | TcpHeader.ECE, 1, c.sndUna + MSS - remote.iss);
    assertEquals(1, fixture.counters.get(Counter.TCP_ECN_REDUCTIONS));
    assertNotEquals(Integer.MAX_VALUE, c.congestion.ssthresh());
  }

  /** RFC 8985 section 6.2, step 4: each round trip with a D-SACK widens the window. */
  @Test
  void anotherDuplicateStillWidensTheReorderingWindow() {
    roundTrip = 8;
    establish(MSS, SCALE_AND_SACK);
    c.rtt.reset(); // the handshake took no time
    c.recovery.rack().reset(c.sndUna);
    send(MSS, MSS);
    assertEquals(2 * 8 / 4, reorderingMillis());
    age();
    assertEquals(3 * 8 / 4, reorderingMillis());
  }

  /** Milliseconds that a segment has when, after a D-SACK, a later one is SACKed. */
  private long reorderingMillis() {
    sack(c.sndUna - MSS, c.sndUna);
    write(2 * MSS);
    fixture.run(roundTrip);
    sack(c.sndUna + MSS, c.sndUna + 2 * MSS);
    long wait = Math.round((c.lossDeadline - fixture.now) / 1e6);
    ackAll();
    return wait;
  }

  /** RFC 9406 section 4.2: rounds still end, so that one with a longer round trip is noticed. */
  @Test
  void slowStartStillEndsWhenRoundTripsGrow() {
    establish(8000, WINDOW_SCALE);
    rounds(4, 10);
    while (c.queuedBytes() > 0) {
      fixture.run(10);
      ackAll();
    }
    age(); // without using up the window
    rounds(3, 10);
    assertEquals(Integer.MAX_VALUE, c.congestion.ssthresh());
    rounds(8, 40);
    assertNotEquals(Integer.MAX_VALUE, c.congestion.ssthresh());
  }

  /** Sends all that the window allows; each segment is acknowledged by itself, after a delay. */
  private void rounds(int count, int millis) {
    for (int i = 0; i < count; i++) {
      topUp();
      int end = c.sndMax;
      fixture.run(millis);
      while (Seq.lt(c.sndUna, end)) {
        ack(Seq.min(c.sndUna + c.sndMss, end));
        topUp();
      }
      fixture.sent.clear();
    }
  }

  private void topUp() {
    if (c.queuedBytes() < 2 * c.congestion.cwnd()) {
      c.write(fixture.memory.address(), Math.min(c.congestion.cwnd(), 1 << 20), recorder);
    }
    fixture.turn();
  }

  /** A long-past push doesn't release a corked connection's partial segment. */
  @Test
  void aPushOfLongAgoLetsNothingGo() {
    establish(MSS, WINDOW_SCALE);
    c.cork(true);
    write(100);
    c.cork(false); // pushes
    fixture.turn();
    ackAll();
    age();
    c.cork(true);
    c.pushing = true; // as if each turn had ended with a full ring
    write(100);
    assertEquals(0, c.flightSize());
    c.cork(false);
    fixture.turn();
    assertEquals(100, c.flightSize());
  }

  private void receive(long bytes, int... options) {
    for (long left = bytes; left > 0; left -= MSS) {
      fixture.segment(
          remote.port,
          TcpFixture.PORT,
          TcpHeader.ACK,
          c.rcvNxt,
          c.sndMax,
          TcpFixture.WINDOW,
          MSS,
          options);
      while (c.read(fixture.memory.address(), 1 << 20) > 0) {}
      fixture.turn();
      fixture.sent.clear();
    }
  }

  @Test
  void windowUpdatesAreStillTaken() {
    establish(MSS, WINDOW_SCALE);
    age();
    remote.send(TcpHeader.ACK, 1, c.sndMax - remote.iss, 1000, 0);
    assertEquals(1000 << 14, c.sndWnd);
  }

  // ---- Without skipping ----

  @Test
  void everyNumberThatASenderKeepsStaysNear() throws ReflectiveOperationException {
    establish(MSS, WINDOW_SCALE);
    for (int i = 0; i < 5; i++) {
      send(BEYOND / 4, 16 << 20);
      SequenceNumbersTest.checkDistances(c);
    }
    assertTrue(c.sndUna - remote.iss < 0, "2 GB were sent");
  }

  @Test
  void everyNumberThatAReceiverKeepsStaysNear() throws ReflectiveOperationException {
    establish(MSS, WINDOW_SCALE);
    c.timestamps = true;
    int[] timestamps = {1 << 24 | 1 << 16 | 8 << 8 | 10, 1, 0};
    receive(BEYOND, timestamps);
    SequenceNumbersTest.checkDistances(c);
    timestamps[1] = 2;
    receive(2 * MSS, timestamps);
    assertEquals(2, c.tsRecent); // RFC 7323 section 4.3: it stands at what was acknowledged
    c.timestamps = false;
    remote.send(TcpHeader.ACK, c.rcvNxt - TcpFixture.PEER_ISS, 1, 1000, 0);
    assertEquals(1000 << 14, c.sndWnd);
    assertTrue(c.rcvNxt - TcpFixture.PEER_ISS < 0, "2 GB were received");
  }
}
