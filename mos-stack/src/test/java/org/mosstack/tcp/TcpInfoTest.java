package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.TcpInfo;
import org.mosstack.testkit.RecordingHandler;

/** A connection's figures, against what was done to it. */
class TcpInfoTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  private final RecordingHandler recorder = new RecordingHandler();
  private TcpInfo info = TcpInfo.UNCONNECTED;

  private TcpInfo of(TcpFixture fixture, Tcb c) {
    info = c.info(fixture.now, c.incarnation());
    return info;
  }

  private static int[] scale(int shift) {
    return new int[] {1 << 24 | 3 << 16 | 3 << 8 | shift};
  }

  @Test
  void beforeTheFirstConnection() {
    assertEquals(TcpInfo.STATE_CLOSE, info.state());
    assertEquals(0, info.sndMss());
  }

  @Test
  void freshConnection() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      Tcb c = fixture.accept(fixture.synReceived(scale(3)), recorder);
      of(fixture, c);
      assertEquals(1, info.state());
      assertEquals(TcpInfo.CA_OPEN, info.caState());
      assertEquals(TcpInfo.OPTION_WINDOW_SCALE, info.options());
      assertEquals(3, info.sndWscale());
      assertEquals(0, info.rcvWscale());
      assertEquals(TcpFixture.MSS, info.sndMss());
      assertEquals(0, info.rcvMss());
      assertEquals(1460, info.advmss());
      assertEquals(1500, info.pmtu());
      assertEquals(10, info.sndCwnd());
      assertEquals(TcpInfo.INFINITE_SSTHRESH, info.sndSsthresh());
      assertEquals(8192, info.rcvSsthresh());
      assertEquals(40_000, info.ato());
      assertEquals(200_010, info.rto()); // 10 us were measured
      assertEquals(10, info.rtt()); // a turn of the fixture is 10 microseconds
      assertEquals(5, info.rttvar());
      assertEquals(3, info.reordering());
      assertEquals(0, info.unacked());
      assertEquals(0, info.totalRetrans());
      c.abort();
    }
  }

  @Test
  void sackIsAnOptionOfBothEnds() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      Tcb c = fixture.accept(fixture.synReceived(1 << 24 | 1 << 16 | 4 << 8 | 2), recorder);
      of(fixture, c);
      assertEquals(TcpInfo.OPTION_SACK, info.options());
      c.abort();
    }
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = fixture.connect(recorder);
      of(fixture, c);
      int offered = TcpInfo.OPTION_TIMESTAMPS | TcpInfo.OPTION_SACK | TcpInfo.OPTION_WINDOW_SCALE;
      assertEquals(offered, info.options());
      fixture.answer(c);
      of(fixture, c);
      assertEquals(0, info.options());
      c.abort();
    }
  }

  @Test
  void timestampsTakeTheirBytes() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      int[] timestamps = {1 << 24 | 1 << 16 | 8 << 8 | 10, 1234, 0};
      TcpFixture.Remote remote = fixture.synReceived(timestamps);
      int[] echo = {timestamps[0], 1235, 0};
      int seq = TcpFixture.PEER_ISS + 1;
      fixture.segment(
          remote.port,
          TcpFixture.PORT,
          TcpHeader.ACK,
          seq,
          remote.iss + 1,
          TcpFixture.WINDOW,
          0,
          echo);
      Tcb c = fixture.listeners.find(TcpFixture.US, TcpFixture.PORT, 0, 0).accept(0);
      of(fixture, c);
      assertEquals(TcpInfo.OPTION_TIMESTAMPS, info.options());
      assertEquals(TcpFixture.MSS - 12, info.sndMss());
      assertEquals(1460 - 12, info.advmss());
      c.abort();
    }
  }

  @Test
  void flightAndTimes() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      fixture.run(50);
      remote.data(1, 1, 70);
      fixture.turn();
      fixture.run(30);
      c.write(fixture.memory.address(), 2500, recorder);
      fixture.flush();
      of(fixture, c);
      assertEquals(2, info.unacked()); // the third one waits for an ACK: Nagle
      assertEquals(70, info.rcvMss());
      assertEquals(30, info.lastDataRecv());
      assertEquals(30, info.lastAckRecv());
      assertEquals(0, info.lastDataSent());
      fixture.run(20);
      of(fixture, c);
      assertEquals(20, info.lastDataSent());
      assertEquals(20, info.lastAckSent());
      remote.ack(71, 2001);
      fixture.turn();
      of(fixture, c);
      assertEquals(0, info.lastAckRecv());
      assertEquals(1, info.unacked());
      c.abort();
    }
  }

  @Test
  void timeoutsAndProgress() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 3000, recorder);
      fixture.run(650); // timeouts after 200 and 400 more milliseconds
      of(fixture, c);
      assertEquals(TcpInfo.CA_LOSS, info.caState());
      assertEquals(2, info.retransmits());
      assertEquals(2, info.backoff());
      assertEquals(800_040, info.rto());
      assertEquals(3, info.unacked());
      assertEquals(3, info.lost());
      assertEquals(1, info.retrans());
      assertEquals(2, info.totalRetrans());
      assertEquals(1, info.sndCwnd());
      assertEquals(2, info.sndSsthresh());
      remote.ack(1, 3001);
      fixture.turn();
      of(fixture, c);
      assertEquals(TcpInfo.CA_OPEN, info.caState());
      assertEquals(0, info.retransmits());
      assertEquals(0, info.lost());
      assertEquals(2, info.totalRetrans());
      c.abort();
    }
  }

  @Test
  void duplicateAcksAndRecovery() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 8000, recorder);
      fixture.flush();
      remote.ack(1, 1001);
      remote.ack(1, 1001);
      fixture.turn();
      of(fixture, c);
      assertEquals(TcpInfo.CA_DISORDER, info.caState());
      assertEquals(1, info.sacked());
      assertEquals(0, info.totalRetrans());
      remote.ack(1, 1001);
      remote.ack(1, 1001);
      fixture.turn();
      of(fixture, c);
      assertEquals(TcpInfo.CA_RECOVERY, info.caState());
      assertEquals(3, info.sacked());
      assertEquals(1, info.lost());
      assertEquals(1, info.retrans());
      assertEquals(1, info.totalRetrans());
      c.abort();
    }
  }

  @Test
  void probes() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      fixture.turn();
      c.write(fixture.memory.address(), 100, recorder);
      fixture.run(650);
      of(fixture, c);
      assertEquals(2, info.probes());
      assertEquals(2, info.backoff());
      assertEquals(TcpInfo.CA_OPEN, info.caState());
      c.abort();
    }
  }

  @Test
  void pathMtuThatWasFound() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 4000, recorder);
      fixture.flush();
      int seq = remote.next().seq();
      fixture
          .core
          .transport()
          .icmpError(3, 4, 640, TcpFixture.US, TcpFixture.PEER, TcpFixture.PORT, remote.port, seq);
      of(fixture, c);
      assertEquals(640, info.pmtu());
      assertEquals(600, info.sndMss());
      assertEquals(1460, info.advmss()); // as announced
      c.abort();
    }
  }

  @Test
  void linuxNumbersOfTheStates() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      Tcb opening = fixture.connect(new RecordingHandler());
      assertEquals(2, of(fixture, opening).state());
      opening.abort();
      fixture.flush();
      fixture.sent.clear();
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1);
      fixture.turn();
      assertEquals(8, of(fixture, c).state());
      c.shutdownOutput();
      fixture.turn();
      assertEquals(9, of(fixture, c).state());
      remote.ack(2, 2);
      c.close();
      fixture.turn();
      assertEquals("[readable, closed NONE]", recorder.events.toString());
    }
  }

  @Test
  void anotherConnectionInTheSameObjectIsNotTaken() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      Tcb first = fixture.accept(fixture.synReceived(), recorder);
      int incarnation = first.incarnation();
      first.abort();
      fixture.turn();
      fixture.sent.clear();
      Tcb second = fixture.accept(fixture.synReceived(), new RecordingHandler());
      assertEquals(first, second, "the pool gives another object: the test tests nothing");
      assertNull(first.info(fixture.now, incarnation));
      assertNotNull(second.info(fixture.now, second.incarnation()));
      second.abort();
    }
  }
}
