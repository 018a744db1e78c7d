package org.mosstack.sim;

import org.mosstack.socket.TcpError;

/** A connection of a run with the applications at its ends. */
final class SimConnection {
  final ConnectionPlan plan;
  final SimEndpoint opener;
  final SimEndpoint accepter;

  /** Why it couldn't be opened, or null. */
  String refused;

  /** The port its opener got; 0 before that. */
  int openerPort;

  SimConnection(SimRun run, ConnectionPlan plan) {
    this.plan = plan;
    String name = "#" + plan.id();
    long stream = 2L * plan.id();
    opener =
        new SimEndpoint(
            run,
            name + " opener",
            plan.opener(),
            plan.up(),
            plan.down(),
            stream,
            plan.seed(),
            plan.fromClient() ? SimLink.TO_SERVER : SimLink.TO_CLIENT);
    accepter =
        new SimEndpoint(
            run,
            name + " accepter",
            plan.accepter(),
            plan.down(),
            plan.up(),
            stream + 1,
            plan.seed() + 1,
            plan.fromClient() ? SimLink.TO_CLIENT : SimLink.TO_SERVER);
  }

  /** Whether neither application still has a connection. */
  boolean isOver() {
    return refused != null || opener.error() != null && accepter.connection() == null;
  }

  int clientPort() {
    return plan.fromClient() ? openerPort : SimRun.PORT;
  }

  int serverPort() {
    return plan.fromClient() ? SimRun.PORT : openerPort;
  }

  /**
   * Whether one of its ends may wait forever, as TCP can't tell it: the handshake's last ACK was
   * lost until the accepter gave up, and the opener has nothing to send; or the other end's
   * application had closed it, and its stack gave up a silent peer.
   */
  boolean lostItsPeer() {
    return !accepter.wasOpen() && opener.onlyWaits() || gaveUp();
  }

  private boolean gaveUp() {
    return opener.gaveUp() || accepter.gaveUp();
  }

  /** Makes the remaining end probe the other one. */
  void probePeer() {
    (opener.connection() != null ? opener : accepter).probePeer();
  }

  /**
   * Checks how it ended.
   *
   * @param wasHalfOpen whether an end abandoned it for a forged SYN
   */
  void judge(RunPlan run, boolean wasHalfOpen, Findings findings) {
    if (opener.held() + accepter.held() != 0) {
      findings.report("buffers-kept", opener.held() + " and " + accepter.held() + ", " + this);
    }
    if (refused != null) {
      findings.report("not-opened", refused + ", " + this);
      return;
    }
    if (opener.isComplete()
        && accepter.isComplete()
        && opener.error() == TcpError.NONE
        && accepter.error() == TcpError.NONE) {
      return;
    }
    // Whatever the network did, an end without an error requires complete data.
    if (isTruncated(opener) || isTruncated(accepter)) {
      findings.report("truncated", toString());
    }
    if (!accepter.wasOpen() && run.isLossy() && opener.error() != TcpError.NONE) {
      return; // a lost handshake
    }
    if (wasHalfOpen && lastAckIsAllThatIsMissing()) {
      return;
    }
    if (gaveUp() && run.isLossy()) {
      return;
    }
    if (!plan.aborts() && !run.mayBreak) {
      findings.report("broken", toString());
    }
  }

  /**
   * Everything arrived, but one end wasn't told before a SYN reopened the other's TIME_WAIT (RFC
   * 9293 section 3.10.7.4, MAY-2): its FIN is then answered by a reset, as nobody knows it any
   * more, or, as long as the SYN's connection is half open, by nothing that helps.
   */
  private boolean lastAckIsAllThatIsMissing() {
    return opener.isComplete()
        && accepter.isComplete()
        && (opener.error() == TcpError.NONE && isGone(accepter)
            || isGone(opener) && accepter.error() == TcpError.NONE);
  }

  private static boolean isGone(SimEndpoint e) {
    return e.error() == TcpError.RESET || e.error() == TcpError.TIMED_OUT;
  }

  private static boolean isTruncated(SimEndpoint e) {
    return e.error() == TcpError.NONE && !e.isComplete() && !e.hasAborted();
  }

  @Override
  public String toString() {
    return opener + "; " + accepter;
  }
}
