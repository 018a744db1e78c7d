package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;

/** Each wire rule can be broken, and a good exchange breaks none. */
class WireRulesTest {
  private static final int CLIENT_PORT = 20_000;
  private static final int CLIENT_ISS = 0x7FFF_FF00; // so that sequence numbers wrap
  private static final int SERVER_ISS = -100;
  private static final int WINDOW = 1000;
  private static final int SHIFT = 2;

  private final Findings findings = new Findings();
  private final WireRules rules = new WireRules(1500, false, false, findings);

  private static FrameView frame(int direction, int flags, int seq, int ack, int payload) {
    FrameView f = new FrameView();
    f.tcp = true;
    f.frameBytes = 54 + payload;
    f.headerBytes = TcpHeader.MIN_BYTES;
    boolean toServer = direction == SimLink.TO_SERVER;
    f.sourcePort = toServer ? CLIENT_PORT : 80;
    f.destinationPort = toServer ? 80 : CLIENT_PORT;
    f.flags = flags;
    f.seq = (toServer ? CLIENT_ISS : SERVER_ISS) + seq;
    f.ack = (toServer ? SERVER_ISS : CLIENT_ISS) + ack;
    f.window = WINDOW;
    f.payload = payload;
    f.shift = -1;
    return f;
  }

  private void send(int direction, FrameView f) {
    rules.sent(direction, f);
  }

  private void client(int flags, int seq, int ack, int payload) {
    send(SimLink.TO_SERVER, frame(SimLink.TO_SERVER, flags, seq, ack, payload));
  }

  private void server(int flags, int seq, int ack, int payload) {
    send(SimLink.TO_CLIENT, frame(SimLink.TO_CLIENT, flags, seq, ack, payload));
  }

  private void handshake() {
    FrameView syn = frame(SimLink.TO_SERVER, TcpHeader.SYN, 0, 0, 0);
    syn.mss = 1460;
    syn.shift = SHIFT;
    send(SimLink.TO_SERVER, syn);
    FrameView answer = frame(SimLink.TO_CLIENT, TcpHeader.SYN | TcpHeader.ACK, 0, 1, 0);
    answer.mss = 1000;
    answer.shift = SHIFT;
    send(SimLink.TO_CLIENT, answer);
    client(TcpHeader.ACK, 1, 1, 0);
    server(TcpHeader.ACK, 1, 1, 0);
    assertFalse(findings.any(), findings.describe());
  }

  private void assertBroken(String rule) {
    assertEquals(rule, findings.rule(), findings.describe());
  }

  @Test
  void aGoodExchange() {
    handshake();
    for (int i = 0; i < 10; i++) {
      client(TcpHeader.ACK, 1 + i * 900, 1, 900);
      server(TcpHeader.ACK, 1, 901 + i * 900, 0);
    }
    client(TcpHeader.ACK | TcpHeader.FIN, 9001, 1, 0);
    server(TcpHeader.ACK | TcpHeader.FIN, 1, 9002, 0);
    client(TcpHeader.ACK, 9002, 2, 0);
    client(TcpHeader.ACK | TcpHeader.FIN, 9001, 2, 0);
    assertFalse(findings.any(), findings.describe());
  }

  @Test
  void whatWasSaidOfWindows() {
    handshake();
    int ack = CLIENT_ISS + 1;
    int scaled = WINDOW << SHIFT;
    assertTrue(rules.offered(SimLink.TO_CLIENT, CLIENT_PORT, 80, ack, scaled));
    assertTrue(rules.offered(SimLink.TO_CLIENT, CLIENT_PORT, 80, ack, WINDOW), "of the SYN");
    assertFalse(rules.offered(SimLink.TO_CLIENT, CLIENT_PORT, 80, ack, WINDOW / 2));
    assertFalse(rules.offered(SimLink.TO_CLIENT, CLIENT_PORT, 80, ack + 1, scaled));
    assertFalse(rules.offered(SimLink.TO_CLIENT, CLIENT_PORT + 1, 80, ack, scaled));
  }

  /** A server closes, and answers a forged SYN while its last ACK is still in transit. */
  @Test
  void whatWasSaidBeforeAForgedSynHolds() {
    handshake();
    client(TcpHeader.ACK, 1, 1, 10);
    server(TcpHeader.ACK, 1, 11, 0);
    assertFalse(rules.wasHalfOpen(CLIENT_PORT, 80));
    server(TcpHeader.SYN | TcpHeader.ACK, 1_000_000, 2_000_000, 0);
    assertTrue(rules.offered(SimLink.TO_CLIENT, CLIENT_PORT, 80, CLIENT_ISS + 11, WINDOW << SHIFT));
    assertTrue(rules.offered(SimLink.TO_CLIENT, CLIENT_PORT, 80, CLIENT_ISS + 2_000_000, WINDOW));
  }

  @Test
  void beyondTheWindow() {
    handshake();
    client(TcpHeader.ACK, 1, 1, 900);
    client(TcpHeader.ACK, 901, 1, 900);
    client(TcpHeader.ACK, 1801, 1, 900);
    client(TcpHeader.ACK, 2701, 1, 900);
    client(TcpHeader.ACK, 3601, 1, 401); // a window probe's byte
    assertFalse(findings.any(), findings.describe());
    client(TcpHeader.ACK, 4002, 1, 1);
    assertBroken("beyond-window");
  }

  @Test
  void sequenceNumbersLeftOut() {
    handshake();
    client(TcpHeader.ACK, 2, 1, 10);
    assertBroken("sequence");
  }

  @Test
  void ackOfWhatWasNotSent() {
    handshake();
    server(TcpHeader.ACK, 1, 2, 0);
    assertBroken("ack-of-unsent");
  }

  @Test
  void ackThatGoesBack() {
    handshake();
    client(TcpHeader.ACK, 1, 1, 10);
    server(TcpHeader.ACK, 1, 11, 0);
    server(TcpHeader.ACK, 1, 10, 0);
    assertBroken("ack-back");
  }

  @Test
  void windowTakenBack() {
    handshake();
    FrameView less = frame(SimLink.TO_CLIENT, TcpHeader.ACK, 1, 1, 0);
    less.window = WINDOW - 1;
    send(SimLink.TO_CLIENT, less);
    assertBroken("window-shrunk");
  }

  @Test
  void dataBehindAFin() {
    handshake();
    client(TcpHeader.ACK | TcpHeader.FIN, 1, 1, 10);
    client(TcpHeader.ACK, 12, 1, 1);
    assertBroken("fin");
  }

  @Test
  void segmentsLargerThanAgreed() {
    handshake();
    client(TcpHeader.ACK, 1, 1, 1001);
    assertBroken("mss");
  }

  @Test
  void timestampsThatWereNotAgreed() {
    handshake();
    FrameView stamped = frame(SimLink.TO_SERVER, TcpHeader.ACK, 1, 1, 0);
    stamped.timestamps = 1;
    send(SimLink.TO_SERVER, stamped);
    assertBroken("timestamps");
  }

  @Test
  void noAck() {
    handshake();
    client(TcpHeader.PSH, 1, 1, 10);
    assertBroken("no-ack");
  }

  @Test
  void framesLargerThanTheLink() {
    FrameView large = frame(SimLink.TO_SERVER, TcpHeader.ACK, 1, 1, 0);
    large.frameBytes = 1515;
    send(SimLink.TO_SERVER, large);
    assertBroken("frame-size");
  }

  /** An old or forged SYN is answered, and the peer's answer to that reflects what it knows. */
  @Test
  void halfOpenConnectionsAreNotJudged() {
    handshake();
    client(TcpHeader.ACK, 1, 1, 10);
    server(TcpHeader.ACK, 1, 11, 0);
    server(TcpHeader.SYN | TcpHeader.ACK, 1_000_000, 2_000_000, 0);
    client(TcpHeader.ACK, 11, 1, 0);
    server(TcpHeader.ACK, 1_000_001, 2_000_000, 0);
    assertFalse(findings.any(), findings.describe());
    assertTrue(rules.wasHalfOpen(CLIENT_PORT, 80));
    client(TcpHeader.SYN, 5_000, 0, 0);
    server(TcpHeader.SYN | TcpHeader.ACK, 3_000_000, 5_001, 0);
    client(TcpHeader.ACK, 5_001, 3_000_001, 0);
    assertFalse(findings.any(), findings.describe());
    server(TcpHeader.ACK, 3_000_001, 5_002, 0);
    assertBroken("ack-of-unsent");
  }
}
