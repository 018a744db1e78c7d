package org.mosstack.socket;

/**
 * Handles the events of one connection. All methods are called on the thread of the connection's
 * core, in the turn in which the event happened, after the turn's packets have been processed. An
 * exception from one of them aborts that connection, unless it is from {@link #released}, and
 * affects no other.
 */
public interface TcpHandler {
  /** The active open has finished: the connection is established. */
  void connected(TcpConnection connection);

  /** Data, or the end of the stream, has arrived since the last call. */
  void readable(TcpConnection connection);

  /** There is space to write again after a write that wasn't accepted in full. */
  void writable(TcpConnection connection);

  /**
   * The bytes of one {@link TcpConnection#write} are acknowledged or given up; TCP no longer
   * touches them. Called once for each write that accepted bytes, in order, and in the middle of
   * packet processing: it is best to do no more than release memory. Connections may be used as in
   * any other event.
   *
   * @param buffer what was passed to that write
   */
  void released(TcpConnection connection, Object buffer);

  /**
   * The connection is over; this is the last call. What was received can still be read within it;
   * afterwards the object belongs to another connection and must not be touched, unless {@link
   * TcpConnection#keepUnread} was called within it.
   *
   * @param error {@link TcpError#NONE} after {@link TcpConnection#close()} and both FINs
   */
  void closed(TcpConnection connection, TcpError error);
}
