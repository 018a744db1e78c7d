package org.mosstack.tcp;

/**
 * The limits and times of one core's TCP.
 *
 * @param core the core's index in its stack
 * @param maxConnections {@code max_concurrency}: connections of any state but CLOSED and TIME_WAIT
 * @param maxBuffers {@code max_num_buffers}: packet buffers that received data may wait in
 * @param receiveBuffer {@code rmem_size}: the most bytes that may wait in one connection
 * @param sendBuffer {@code wmem_size}: the most unacknowledged bytes of one connection
 * @param timeWaitNanos {@code tcp_tw_interval}: time in TIME_WAIT, 0 for none
 * @param idleTimeoutNanos {@code tcp_timeout}: a connection without any segment for so long is
 *     ended; 0 for never
 * @param congestion {@code tcp_congestion}: the congestion control of connections whose options
 *     name none
 * @param pacing {@code tcp_pacing}: whether all connections' sending is paced, and not only that of
 *     those whose congestion control needs it
 * @param protection what is done against those who ask for more than their share
 * @param ecn {@code tcp_ecn}: when connections use explicit congestion notification
 */
public record TcpConfig(
    int core,
    int maxConnections,
    int maxBuffers,
    int receiveBuffer,
    int sendBuffer,
    long timeWaitNanos,
    long idleTimeoutNanos,
    CongestionAlgorithm congestion,
    boolean pacing,
    EcnMode ecn,
    TcpProtection protection) {

  /** With the defaults of {@code mos.conf} for the rest. */
  public TcpConfig(
      int core,
      int maxConnections,
      int maxBuffers,
      int receiveBuffer,
      int sendBuffer,
      long timeWaitNanos,
      long idleTimeoutNanos) {
    this(
        core,
        maxConnections,
        maxBuffers,
        receiveBuffer,
        sendBuffer,
        timeWaitNanos,
        idleTimeoutNanos,
        CongestionAlgorithm.CUBIC,
        false,
        EcnMode.ACCEPT,
        TcpProtection.DEFAULT);
  }
}
