package org.mosstack.sim;

import org.mosstack.tcp.SocketOptions;

/**
 * What the applications at both ends of one connection do.
 *
 * @param id of the connection in its run
 * @param seed of its applications' moods
 * @param fromClient whether the client opens it, else the server
 * @param startNanos when, since the start of the run
 * @param up bytes that the opener sends
 * @param down bytes that the other end sends
 * @param opener how the opener behaves
 * @param accepter how the other end behaves
 * @param options of the opener's socket
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
   * @param actNanos mean time between two of its moves; 0 when it reads and writes at once all that
   *     there is
   * @param waitsForEnd whether it closes its side only when the peer has closed its own
   * @param abortsAt received bytes at which it resets the connection; -1 for never
   */
  record Manner(long actNanos, boolean waitsForEnd, int abortsAt) {
    /** At once, and closes when it has sent all. */
    static final Manner EAGER = new Manner(0, false, -1);
  }

  /** The same with fewer bytes. */
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
