package org.mosstack.sim;

import org.mosstack.tcp.TcpError;

/** A connection of a run with the applications at its ends. */
final class SimConnection {
  final ConnectionPlan plan;
  final Endpoint opener;
  final Endpoint accepter;

  /** Why it couldn't be opened at all, or null. */
  String refused;

  /** The port that its opener got; 0 before. */
  int openerPort;

  SimConnection(SimRun run, ConnectionPlan plan) {
    this.plan = plan;
    String name = "#" + plan.id();
    long stream = 2L * plan.id();
    opener =
        new Endpoint(
            run,
            name + " opener",
            plan.opener(),
            plan.up(),
            plan.down(),
            stream,
            plan.seed(),
            plan.fromClient() ? SimLink.TO_SERVER : SimLink.TO_CLIENT);
    accepter =
        new Endpoint(
            run,
            name + " accepter",
            plan.accepter(),
            plan.down(),
            plan.up(),
            stream + 1,
            plan.seed() + 1,
            plan.fromClient() ? SimLink.TO_CLIENT : SimLink.TO_SERVER);
  }

  /** Whether neither application has a connection any more. */
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
   * Whether one of its ends may wait for ever, as TCP has no way to tell it: the ACK that ends the
   * handshake was lost until the accepter gave up, and the opener has nothing to say; or the other
   * end's application had closed it, and its stack gave a silent peer up.
   */
  boolean lostItsPeer() {
    return !accepter.wasOpen() && opener.onlyWaits() || gaveUp();
  }

  private boolean gaveUp() {
    return opener.gaveUp() || accepter.gaveUp();
  }

  /** Asks the end that is left whether the other one is still there. */
  void probePeer() {
    (opener.connection() != null ? opener : accepter).probePeer();
  }

  /**
   * Judges how it ended.
   *
   * @param wasHalfOpen whether an end gave it up for a forged SYN
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
    // No end without an error unless all has come, whatever the network did.
    if (isTruncated(opener) || isTruncated(accepter)) {
      findings.report("truncated", toString());
    }
    if (!accepter.wasOpen() && run.isLossy() && opener.error() != TcpError.NONE) {
      return; // a handshake that got lost
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
   * All has arrived, and one end wasn't told so before a SYN reopened the other one's TIME_WAIT
   * (RFC 9293 section 3.10.7.4, MAY-2): its FIN is answered by a reset then, for want of anybody
   * who knows of it, or, as long as the SYN's connection is half open, by nothing that helps.
   */
  private boolean lastAckIsAllThatIsMissing() {
    return opener.isComplete()
        && accepter.isComplete()
        && (opener.error() == TcpError.NONE && isGone(accepter)
            || isGone(opener) && accepter.error() == TcpError.NONE);
  }

  private static boolean isGone(Endpoint e) {
    return e.error() == TcpError.RESET || e.error() == TcpError.TIMED_OUT;
  }

  private static boolean isTruncated(Endpoint e) {
    return e.error() == TcpError.NONE && !e.isComplete() && !e.hasAborted();
  }

  @Override
  public String toString() {
    return opener + "; " + accepter;
  }
}
