package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.TcpInfo;

/** A connection's figures, against what was done to it. */
class TcpInfoTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  private final Told told = new Told();
  private TcpInfo info = TcpInfo.UNCONNECTED;

  private TcpInfo of(Rig rig, Tcb c) {
    info = c.info(rig.now, c.incarnation());
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
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Tcb c = rig.accept(rig.synReceived(scale(3)), told);
      of(rig, c);
      assertEquals(1, info.state());
      assertEquals(TcpInfo.CA_OPEN, info.caState());
      assertEquals(TcpInfo.OPTION_WINDOW_SCALE, info.options());
      assertEquals(3, info.sndWscale());
      assertEquals(0, info.rcvWscale());
      assertEquals(Rig.MSS, info.sndMss());
      assertEquals(0, info.rcvMss());
      assertEquals(1460, info.advmss());
      assertEquals(1500, info.pmtu());
      assertEquals(10, info.sndCwnd());
      assertEquals(TcpInfo.INFINITE_SSTHRESH, info.sndSsthresh());
      assertEquals(8192, info.rcvSsthresh());
      assertEquals(40_000, info.ato());
      assertEquals(200_010, info.rto()); // 10 us were measured
      assertEquals(10, info.rtt()); // a turn of the rig is 10 microseconds
      assertEquals(5, info.rttvar());
      assertEquals(3, info.reordering());
      assertEquals(0, info.unacked());
      assertEquals(0, info.totalRetrans());
      c.abort();
    }
  }

  @Test
  void sackIsAnOptionOfBothEnds() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Tcb c = rig.accept(rig.synReceived(1 << 24 | 1 << 16 | 4 << 8 | 2), told);
      of(rig, c);
      assertEquals(TcpInfo.OPTION_SACK, info.options());
      c.abort();
    }
    try (Rig rig = new Rig()) {
      Tcb c = rig.connect(told);
      of(rig, c);
      int offered = TcpInfo.OPTION_TIMESTAMPS | TcpInfo.OPTION_SACK | TcpInfo.OPTION_WINDOW_SCALE;
      assertEquals(offered, info.options());
      rig.answer(c);
      of(rig, c);
      assertEquals(0, info.options());
      c.abort();
    }
  }

  @Test
  void timestampsTakeTheirBytes() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      int[] timestamps = {1 << 24 | 1 << 16 | 8 << 8 | 10, 1234, 0};
      Rig.Remote remote = rig.synReceived(timestamps);
      int[] echo = {timestamps[0], 1235, 0};
      int seq = Rig.PEER_ISS + 1;
      rig.segment(remote.port, Rig.PORT, TcpHeader.ACK, seq, remote.iss + 1, Rig.WINDOW, 0, echo);
      Tcb c = rig.listeners.find(Rig.US, Rig.PORT, 0, 0).accept(0);
      of(rig, c);
      assertEquals(TcpInfo.OPTION_TIMESTAMPS, info.options());
      assertEquals(Rig.MSS - 12, info.sndMss());
      assertEquals(1460 - 12, info.advmss());
      c.abort();
    }
  }

  @Test
  void flightAndTimes() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      rig.run(50);
      remote.data(1, 1, 70);
      rig.turn();
      rig.run(30);
      c.write(rig.memory.address(), 2500, told);
      rig.flush();
      of(rig, c);
      assertEquals(2, info.unacked()); // the third one waits for an ACK: Nagle
      assertEquals(70, info.rcvMss());
      assertEquals(30, info.lastDataRecv());
      assertEquals(30, info.lastAckRecv());
      assertEquals(0, info.lastDataSent());
      rig.run(20);
      of(rig, c);
      assertEquals(20, info.lastDataSent());
      assertEquals(20, info.lastAckSent());
      remote.ack(71, 2001);
      rig.turn();
      of(rig, c);
      assertEquals(0, info.lastAckRecv());
      assertEquals(1, info.unacked());
      c.abort();
    }
  }

  @Test
  void timeoutsAndProgress() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 3000, told);
      rig.run(650); // timeouts after 200 and 400 more milliseconds
      of(rig, c);
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
      rig.turn();
      of(rig, c);
      assertEquals(TcpInfo.CA_OPEN, info.caState());
      assertEquals(0, info.retransmits());
      assertEquals(0, info.lost());
      assertEquals(2, info.totalRetrans());
      c.abort();
    }
  }

  @Test
  void duplicateAcksAndRecovery() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 8000, told);
      rig.flush();
      remote.ack(1, 1001);
      remote.ack(1, 1001);
      rig.turn();
      of(rig, c);
      assertEquals(TcpInfo.CA_DISORDER, info.caState());
      assertEquals(1, info.sacked());
      assertEquals(0, info.totalRetrans());
      remote.ack(1, 1001);
      remote.ack(1, 1001);
      rig.turn();
      of(rig, c);
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
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      rig.turn();
      c.write(rig.memory.address(), 100, told);
      rig.run(650);
      of(rig, c);
      assertEquals(2, info.probes());
      assertEquals(2, info.backoff());
      assertEquals(TcpInfo.CA_OPEN, info.caState());
      c.abort();
    }
  }

  @Test
  void pathMtuThatWasFound() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 4000, told);
      rig.flush();
      int seq = remote.next().seq();
      rig.core.transport().icmpError(3, 4, 640, Rig.US, Rig.PEER, Rig.PORT, remote.port, seq);
      of(rig, c);
      assertEquals(640, info.pmtu());
      assertEquals(600, info.sndMss());
      assertEquals(1460, info.advmss()); // as announced
      c.abort();
    }
  }

  @Test
  void linuxNumbersOfTheStates() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Tcb opening = rig.connect(new Told());
      assertEquals(2, of(rig, opening).state());
      opening.abort();
      rig.flush();
      rig.sent.clear();
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1);
      rig.turn();
      assertEquals(8, of(rig, c).state());
      c.shutdownOutput();
      rig.turn();
      assertEquals(9, of(rig, c).state());
      remote.ack(2, 2);
      c.close();
      rig.turn();
      assertEquals("[readable, closed NONE]", told.events.toString());
    }
  }

  @Test
  void anotherConnectionInTheSameObjectIsNotTaken() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Tcb first = rig.accept(rig.synReceived(), told);
      int incarnation = first.incarnation();
      first.abort();
      rig.turn();
      rig.sent.clear();
      Tcb second = rig.accept(rig.synReceived(), new Told());
      assertEquals(first, second, "the pool gives another object: the test tests nothing");
      assertNull(first.info(rig.now, incarnation));
      assertNotNull(second.info(rig.now, second.incarnation()));
      second.abort();
    }
  }
}
