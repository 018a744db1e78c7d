package org.mosstack.tcp;

/**
 * The events of one connection. All are called on the connection's core's thread, in the turn in
 * which they happened, after the turn's packets were processed. An exception from one of them
 * aborts that connection, except from {@link #released}, and affects no other.
 */
public interface TcpHandler {
  /** The active open has finished: the connection is established. */
  void connected(TcpConnection connection);

  /** Data, or the end of the stream, has arrived since the last call. */
  void readable(TcpConnection connection);

  /** There is space to write again after a write that wasn't wholly accepted. */
  void writable(TcpConnection connection);

  /**
   * The bytes of one {@link TcpConnection#write} are acknowledged or given up; TCP doesn't touch
   * them any more. Called once for each write that accepted bytes, in their order, and in the midst
   * of processing packets: best to release memory only. Connections may be used as in any event.
   *
   * @param buffer what was given to that write
   */
  void released(TcpConnection connection, Object buffer);

  /**
   * The connection is over; the last call. What was received can still be read within it;
   * afterwards the object belongs to another connection and must not be touched, unless {@link
   * TcpConnection#keepUnread} was called within it.
   *
   * @param error {@link TcpError#NONE} after {@link TcpConnection#close()} and both FINs
   */
  void closed(TcpConnection connection, TcpError error);
}
