package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.config.EcnMode;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.SocketOptions;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** The options that a connection starts with, on both sides: they apply from the first packet. */
class SocketOptionsTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};
  private static final int ETHERNET_MSS = 1460;
  private static final int MEGABYTE = 1 << 20;

  private static final SocketOptions MANY =
      SocketOptions.builder()
          .receiveBuffer(MEGABYTE)
          .sendBuffer(20_000)
          .maxSegment(500)
          .tos(0x10)
          .ttl(7)
          .keepAlive(true)
          .keepAliveTimes(11, 12, 13)
          .userTimeoutMillis(14_000)
          .notSentLowat(15_000)
          .build();

  private final RecordingHandler recorder = new RecordingHandler();

  private static void checkMany(Tcb c) {
    assertEquals(MEGABYTE, c.receiveBuffer());
    assertEquals(20_000, c.sendBuffer());
    assertEquals(0x10, c.tos());
    assertEquals(7, c.ttl());
    assertTrue(c.keepAlive());
    assertEquals(11, c.keepIdleSeconds());
    assertEquals(12, c.keepIntervalSeconds());
    assertEquals(13, c.keepProbes());
    assertEquals(14_000, c.userTimeoutMillis());
    assertEquals(15_000, c.notSentLowat());
    assertEquals(CongestionAlgorithm.CUBIC, c.congestionControl());
    assertEquals(500, c.segmentSize());
  }

  @Test
  void connectSendsThemInItsSyn() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = fixture.connect(MANY, recorder);
      fixture.flush();
      TcpFixture.Sent syn = fixture.sent.peek();
      assertEquals(500, syn.mss());
      assertEquals(5, syn.windowShift()); // a megabyte needs 21 bits, the field has 16
      assertEquals(0xFFFF, syn.wnd());
      assertEquals(0x10, syn.tos());
      assertEquals(7, syn.ttl());
      fixture.answer(c); // the peer's MSS is 1000
      checkMany(c);
      c.abort();
    }
  }

  @Test
  void acceptedConnectionsInheritThem() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(16, MANY, NOBODY);
      TcpFixture.Remote remote = fixture.remote();
      int[] options = {2 << 24 | 4 << 16 | TcpFixture.MSS, 1 << 24 | 3 << 16 | 3 << 8 | 4};
      fixture.segment(
          remote.port, TcpFixture.PORT, TcpHeader.SYN, TcpFixture.PEER_ISS, 0, 100, 0, options);
      fixture.turn();
      TcpFixture.Sent syn = remote.next();
      assertEquals(500, syn.mss());
      assertEquals(5, syn.windowShift());
      assertEquals(0x10, syn.tos());
      assertEquals(7, syn.ttl());
      remote.iss = syn.seq();
      Tcb c = fixture.accept(remote, recorder);
      checkMany(c);
      c.abort();
    }
  }

  @Test
  void inheritedKeepaliveProbesWithoutBeingSetAgain() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(16, MANY, NOBODY);
      Tcb c = fixture.accept(fixture.synReceived(), recorder);
      fixture.run(10_900);
      assertEquals(0, fixture.counters.get(Counter.TCP_KEEPALIVE_PROBES));
      fixture.run(200);
      assertEquals(1, fixture.counters.get(Counter.TCP_KEEPALIVE_PROBES));
      c.abort();
    }
  }

  @Test
  void listenersChangeCountsForLaterConnections() {
    try (TcpFixture fixture = new TcpFixture()) {
      Listener listener = fixture.listen(NOBODY);
      Tcb before = fixture.accept(fixture.synReceived(), recorder);
      listener.options(MANY);
      Tcb after = fixture.accept(fixture.synReceived(), new RecordingHandler());
      assertEquals(0, before.tos());
      assertEquals(8192, before.receiveBuffer());
      assertEquals(0x10, after.tos());
      assertEquals(MEGABYTE, after.receiveBuffer());
      before.abort();
      after.abort();
    }
  }

  @Test
  void pooledObjectForgetsThem() {
    try (TcpFixture fixture = new TcpFixture()) {
      Listener listener = fixture.listen(16, MANY, NOBODY);
      Tcb first = fixture.accept(fixture.synReceived(), recorder);
      first.cork(true);
      first.abort();
      fixture.turn();
      listener.options(SocketOptions.DEFAULT);
      fixture.sent.clear();
      Tcb second = fixture.accept(fixture.synReceived(), recorder);
      assertEquals(first, second, "the pool gives another object: the test tests nothing");
      assertEquals(0, second.notSentLowat());
      assertEquals(64, second.ttl());
      assertEquals(TcpFixture.MSS, second.segmentSize());
      assertEquals(false, second.keepAlive());
      assertEquals(false, second.isCorked());
      second.abort();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {88, 536, 999, 1000, 1001, 1460, 1461, 32_767})
  void maxSegmentBoundsWhatIsToldAndWhatIsSent(int bytes) {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = fixture.connect(SocketOptions.builder().maxSegment(bytes).build(), recorder);
      fixture.flush();
      assertEquals(Math.min(bytes, ETHERNET_MSS), fixture.sent.peek().mss());
      TcpFixture.Remote remote = fixture.answer(c); // the peer's MSS is 1000
      int expected = Math.min(bytes, TcpFixture.MSS);
      assertEquals(expected, c.segmentSize());
      c.write(fixture.memory.address(), 5000, recorder);
      fixture.flush();
      assertEquals(expected, remote.next().length());
      c.abort();
    }
  }

  @Test
  void receiveBufferOfAConnectFillsTheWholeWindow() {
    try (TcpFixture fixture = new TcpFixture()) { // its default buffer is 8192 bytes
      Tcb c = fixture.connect(SocketOptions.builder().receiveBuffer(600_000).build(), recorder);
      fixture.flush();
      TcpFixture.Remote remote = fixture.new Remote(TcpFixture.PORT, c.localPort);
      TcpFixture.Sent syn = remote.next();
      assertEquals(4, syn.windowShift());
      remote.iss = syn.seq();
      int[] options = {2 << 24 | 4 << 16 | TcpFixture.MSS, 1 << 24 | 3 << 16 | 3 << 8 | 2};
      int flags = TcpHeader.SYN | TcpHeader.ACK;
      fixture.segment(
          TcpFixture.PORT,
          c.localPort,
          flags,
          TcpFixture.PEER_ISS,
          remote.iss + 1,
          1000,
          0,
          options);
      fixture.turn();
      int offered = remote.next().wnd() << 4;
      assertTrue(offered > 590_000 && offered <= 600_000, "window " + offered);
      c.abort();
    }
  }

  @Test
  void rangesAreChecked() {
    var b = SocketOptions.builder();
    for (int bytes : new int[] {-1, 1, 87, 32_768}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> SocketOptions.builder().maxSegment(bytes).build(),
          "maxSegment " + bytes);
    }
    assertThrows(IllegalArgumentException.class, () -> b.ttl(0).build());
    b.ttl(1);
    assertThrows(IllegalArgumentException.class, () -> b.tos(256).build());
    b.tos(255);
    assertThrows(IllegalArgumentException.class, () -> b.keepAliveTimes(0, 1, 1).build());
    assertThrows(IllegalArgumentException.class, () -> b.keepAliveTimes(1, 0, 1).build());
    assertThrows(IllegalArgumentException.class, () -> b.keepAliveTimes(1, 1, 0).build());
    b.keepAliveTimes(1, 1, 1);
    assertThrows(IllegalArgumentException.class, () -> b.notSentLowat(-1).build());
    assertEquals(255, b.notSentLowat(0).build().tos());
  }

  @Test
  void congestionControlIsTheStacksUnlessNamed() {
    TcpConfig config =
        new TcpConfig(
            0,
            100,
            100,
            8192,
            8192,
            0,
            0,
            CongestionAlgorithm.NEWRENO,
            true,
            EcnMode.ACCEPT,
            TcpProtection.DEFAULT);
    try (TcpFixture fixture = new TcpFixture(config)) {
      Tcb c = fixture.connect(SocketOptions.DEFAULT, recorder);
      assertEquals(CongestionAlgorithm.NEWRENO, c.congestionControl());
      assertTrue(c.paced);
      c.congestionControl(CongestionAlgorithm.CUBIC);
      assertTrue(c.paced);
      c.abort();
    }
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c =
          fixture.connect(
              SocketOptions.builder().congestion(CongestionAlgorithm.BBR).build(), recorder);
      assertEquals(CongestionAlgorithm.BBR, c.congestionControl());
      assertTrue(c.paced, "BBR needs it");
      c.congestionControl(CongestionAlgorithm.CUBIC);
      assertFalse(c.paced);
      c.abort();
      fixture.turn();
      Tcb again = fixture.connect(SocketOptions.DEFAULT, new RecordingHandler());
      assertEquals(CongestionAlgorithm.CUBIC, again.congestionControl());
      assertFalse(again.paced);
      again.abort();
    }
  }

  @Test
  void congestionControlsHaveNames() {
    for (CongestionAlgorithm algorithm : CongestionAlgorithm.values()) {
      assertEquals(algorithm, CongestionAlgorithm.of(algorithm.id()));
    }
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> CongestionAlgorithm.of("vegas"));
    assertTrue(e.getMessage().contains("vegas"), e.getMessage());
    assertTrue(e.getMessage().contains("reno, cubic, bbr"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> CongestionAlgorithm.of(null));
  }
}
