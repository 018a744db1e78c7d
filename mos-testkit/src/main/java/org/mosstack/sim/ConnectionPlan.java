package org.mosstack.sim;

import org.mosstack.socket.SocketOptions;

/**
 * What the applications at both ends of one connection do.
 *
 * @param id the connection's number in its run
 * @param seed for its applications' random moves
 * @param fromClient whether the client opens it, or the server
 * @param startNanos when it opens, since the start of the run
 * @param up bytes the opener sends
 * @param down bytes the other end sends
 * @param opener how the opener behaves
 * @param accepter how the other end behaves
 * @param options the opener's socket options
 */
record ConnectionPlan(
    int id,
    long seed,
    boolean fromClient,
    long startNanos,
    int up,
    int down,
    Manner opener,
    Manner accepter,
    SocketOptions options) {

  /**
   * How an application behaves.
   *
   * @param actNanos mean time between two of its moves; 0 if it reads and writes all it can
   *     immediately
   * @param waitsForEnd whether it closes its side only after the peer has closed its own
   * @param abortsAt number of received bytes at which it resets the connection; -1 for never
   */
  record Manner(long actNanos, boolean waitsForEnd, int abortsAt) {
    /** Acts immediately, and closes once it has sent everything. */
    static final Manner EAGER = new Manner(0, false, -1);
  }

  /** Returns the same with other numbers of bytes. */
  ConnectionPlan withBytes(int newUp, int newDown) {
    return new ConnectionPlan(
        id, seed, fromClient, startNanos, newUp, newDown, opener, accepter, options);
  }

  boolean aborts() {
    return opener.abortsAt >= 0 || accepter.abortsAt >= 0;
  }

  @Override
  public String toString() {
    return "#"
        + id
        + (fromClient ? " by the client" : " by the server")
        + " at "
        + startNanos / 1000
        + " us, up "
        + up
        + ", down "
        + down
        + ", opener "
        + opener
        + ", accepter "
        + accepter;
  }
}
