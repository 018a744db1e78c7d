package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** Genuine and forged ICMP errors: RFC 5927. */
class IcmpAttackTest extends ScriptTestBase {
  private static final int PORT_UNREACHABLE = 3;
  private static final int FRAGMENTATION_NEEDED = 4;

  private long count(Counter counter) {
    return s.stack.count(counter);
  }

  /** Establishes a connection with a full segment acknowledged and another in flight. */
  private void provenPath() {
    establish();
    app.connection.noDelay(true);
    app.write(2 * MSS);
    peer.expect(data(1, 1, MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    peer.send(ack(1, 1 + MSS));
    peer.expectNothing();
  }

  @Test
  void provenSizeIsNotGivenUpForAClaim() { // RFC 5927 7.2
    provenPath();
    peer.icmp(3, FRAGMENTATION_NEEDED, 600, 1 + MSS);
    peer.expectNothing();
    assertEquals(MSS, app.connection.segmentSize());
    peer.send(ack(1, 1 + 2 * MSS)); // it had arrived
    app.write(MSS);
    peer.expect(data(1 + 2 * MSS, 1, MSS));
    peer.expectAfter(200, data(1 + 2 * MSS, 1, MSS)); // lost, but for another reason
    assertEquals(MSS, app.connection.segmentSize());
    s.forgetReceived();
  }

  @Test
  void claimIsBelievedWhenTheTimerSaysSo() { // RFC 5927 7.2, a path that has changed
    provenPath();
    peer.icmp(3, FRAGMENTATION_NEEDED, 600, 1 + MSS);
    peer.expectNothing();
    peer.expectAfter(200, data(1 + MSS, 1, 560));
    assertEquals(560, app.connection.segmentSize());
    peer.send(ack(1, 1 + MSS + 560));
    peer.expect(data(1 + MSS + 560, 1, 560));
    s.forgetReceived();
  }

  @Test
  void laterPacketThanTheOneThatArrivedKeepsTheClaim() {
    establish();
    app.connection.noDelay(true);
    app.write(3 * MSS);
    for (int i = 0; i < 3; i++) {
      peer.expect(data(1 + i * MSS, 1, MSS));
    }
    peer.send(ack(1, 1 + MSS));
    peer.icmp(3, FRAGMENTATION_NEEDED, 600, 1 + 2 * MSS);
    peer.send(ack(1, 1 + 2 * MSS)); // not the one the ICMP error is about
    peer.expectNothing();
    peer.expectAfter(200, data(1 + 2 * MSS, 1, 560));
    s.forgetReceived();
  }

  @Test
  void synIsNeverTooBig() {
    connect();
    peer.icmp(3, FRAGMENTATION_NEEDED, 600, 0);
    peer.send(synAck().mss(MSS));
    peer.expect(ack(1, 1));
    assertEquals(MSS, app.connection.segmentSize());
    assertEquals(1, count(Counter.DROP_ICMP_IGNORED));
  }

  @ParameterizedTest
  @CsvSource({
    "3, 0, NET_UNREACHABLE", "3, 1, HOST_UNREACHABLE", "3, 2, HOST_UNREACHABLE",
    "3, 3, HOST_UNREACHABLE", "3, 13, HOST_UNREACHABLE", "11, 0, HOST_UNREACHABLE"
  })
  void hardErrorsAreSoftAndTold(int type, int code, TcpError told) { // RFC 5927 5.2, SHLD-25
    establish();
    app.write(100);
    peer.expect(data(1, 1, 100));
    assertEquals(TcpError.NONE, app.connection.softError());
    peer.icmp(type, code, 0, 1);
    s.settle();
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    assertEquals(told, app.connection.softError());
    assertEquals(1, count(Counter.TCP_SOFT_ERRORS));
    peer.send(ack(1, 101));
    s.settle();
    assertEquals(TcpError.NONE, app.connection.softError(), "after progress");
  }

  @Test
  void softErrorIsWhyNothingCame() { // RFC 9293 3.9.2.2
    establish();
    app.write(100);
    peer.expect(data(1, 1, 100));
    peer.icmp(3, 1, 0, 1);
    s.run(2_000_000);
    app.sawClosed(TcpError.HOST_UNREACHABLE);
    s.forgetReceived();
  }

  @Test
  void halfOpenConnectionSurvives() { // no application waits, and the error may be forged
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.icmp(3, PORT_UNREACHABLE, 0, 0);
    peer.send(ack(1, 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
  }

  @Test
  void errorsAboutWhatIsNotInFlightAreNotTold() { // RFC 5927 4.1
    establish();
    app.write(100);
    peer.expect(data(1, 1, 100));
    for (int seq : new int[] {0, 101, 0x4000_0000, 0x8000_0000}) {
      peer.icmp(3, 1, 0, seq);
    }
    s.settle();
    assertEquals(TcpError.NONE, app.connection.softError());
    assertEquals(4, count(Counter.DROP_ICMP_IGNORED));
    peer.send(ack(1, 101));
  }
}
