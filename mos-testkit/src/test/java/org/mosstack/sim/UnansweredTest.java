package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;

/** What counts as sent in vain by an end that gives up its peer, and what as an answer. */
class UnansweredTest {
  private static final int CLIENT_PORT = 3814;
  private static final int CLIENT_ISS = 0x7fff_ffff; // sequence numbers become negative
  private static final int SERVER_ISS = 5000;

  private final Unanswered unanswered = new Unanswered();
  private final FrameView frame = new FrameView();

  /** Sequence and acknowledgment numbers count from the ends' SYNs. */
  private void fromClient(int seq, int payload, int ack, int flags) {
    frame.sourcePort = CLIENT_PORT;
    frame.destinationPort = SimRun.PORT;
    send(SimLink.TO_SERVER, CLIENT_ISS + seq, payload, SERVER_ISS + ack, flags);
  }

  private void fromServer(int seq, int payload, int ack, int flags) {
    frame.sourcePort = SimRun.PORT;
    frame.destinationPort = CLIENT_PORT;
    send(SimLink.TO_CLIENT, SERVER_ISS + seq, payload, CLIENT_ISS + ack, flags);
  }

  private void send(int direction, int seq, int payload, int ack, int flags) {
    frame.seq = seq;
    frame.payload = payload;
    frame.ack = ack;
    frame.flags = flags;
    unanswered.sent(direction, frame);
  }

  private void handshake() {
    fromClient(0, 0, 0, TcpHeader.SYN);
    fromServer(0, 0, 1, TcpHeader.SYN | TcpHeader.ACK);
    fromClient(1, 0, 1, TcpHeader.ACK);
  }

  private void clientSends(int seq, int payload) {
    fromClient(seq, payload, 1, TcpHeader.ACK);
  }

  private void serverAcknowledges(int ack) {
    fromServer(1, 0, ack, TcpHeader.ACK);
  }

  private int ofClient() {
    return unanswered.of(SimLink.TO_SERVER, CLIENT_PORT, SimRun.PORT);
  }

  private int ofServer() {
    return unanswered.of(SimLink.TO_CLIENT, SimRun.PORT, CLIENT_PORT);
  }

  @Test
  void aSynCounts() {
    fromClient(0, 0, 0, TcpHeader.SYN);
    fromClient(0, 0, 0, TcpHeader.SYN);
    assertEquals(2, ofClient());
    fromServer(0, 0, 1, TcpHeader.SYN | TcpHeader.ACK);
    assertEquals(0, ofClient());
    assertEquals(1, ofServer());
    fromClient(1, 0, 1, TcpHeader.ACK);
    assertEquals(0, ofClient());
    assertEquals(0, ofServer());
  }

  @Test
  void whatIsBeyondTheOldestByteDoesNotCount() {
    handshake();
    clientSends(1, 500);
    clientSends(501, 500);
    clientSends(1001, 448);
    assertEquals(1, ofClient());
    clientSends(1, 500);
    clientSends(501, 500);
    assertEquals(2, ofClient());
  }

  /** The peer lives, but hasn't answered what fills the hole: it may be sent in vain for ever. */
  @Test
  void anAckThatDoesNotAdvanceIsNoAnswer() {
    handshake();
    clientSends(1, 500);
    clientSends(501, 500);
    serverAcknowledges(1); // with a SACK option for the second one
    clientSends(1, 500);
    fromServer(1, 100, 1, TcpHeader.ACK);
    assertEquals(2, ofClient());
    assertEquals(1, ofServer());
  }

  @Test
  void anAckOfAllIsAnAnswer() {
    handshake();
    clientSends(1, 500);
    clientSends(1, 500);
    serverAcknowledges(501);
    assertEquals(0, ofClient());
    fromClient(501, 0, 1, TcpHeader.FIN | TcpHeader.ACK);
    fromClient(501, 0, 1, TcpHeader.FIN | TcpHeader.ACK);
    assertEquals(2, ofClient());
    serverAcknowledges(502);
    assertEquals(0, ofClient());
  }

  @Test
  void whatFollowsWhatIsAcknowledgedHasBeenSentOnce() {
    handshake();
    clientSends(1, 500);
    clientSends(501, 500);
    clientSends(1, 500);
    clientSends(1, 500);
    serverAcknowledges(501);
    assertEquals(1, ofClient());
    serverAcknowledges(1); // sent before, came later
    assertEquals(1, ofClient());
    clientSends(401, 300);
    assertEquals(2, ofClient());
  }

  @Test
  void whatDoesNotArriveIsNoAnswer() {
    handshake();
    clientSends(1, 500);
    unanswered.isLost();
    clientSends(1, 500);
    serverAcknowledges(501);
    unanswered.isLost();
    assertEquals(2, ofClient());
    clientSends(1, 500);
    assertEquals(3, ofClient());
    serverAcknowledges(501);
    unanswered.other();
    unanswered.isLost();
    assertEquals(0, ofClient());
  }

  /** The ports may be used again. */
  @Test
  void anotherSynStartsAgain() {
    handshake();
    clientSends(1, 500);
    clientSends(1, 500);
    fromClient(1_000_000, 0, 0, TcpHeader.SYN);
    assertEquals(1, ofClient());
  }
}
