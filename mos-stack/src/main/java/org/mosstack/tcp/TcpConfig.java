package org.mosstack.tcp;

import org.mosstack.config.EcnMode;
import org.mosstack.socket.CongestionAlgorithm;

/**
 * Configuration of one core's TCP.
 *
 * @param core the core's index in its stack
 * @param maxConnections {@code max_concurrency}: most connections in any state but CLOSED and
 *     TIME_WAIT
 * @param maxBuffers {@code max_num_buffers}: most packet buffers that received data may wait in
 * @param receiveBuffer {@code rmem_size}: most bytes that may wait to be read in one connection
 * @param sendBuffer {@code wmem_size}: most unacknowledged bytes of one connection
 * @param timeWaitNanos {@code tcp_tw_interval}: time in TIME_WAIT, 0 for none
 * @param idleTimeoutNanos {@code tcp_timeout}: time without any segment after which a connection is
 *     ended; 0 for never
 * @param congestion {@code tcp_congestion}: the congestion control of connections whose options
 *     name none
 * @param pacing {@code tcp_pacing}: whether sending is paced on all connections, not only on those
 *     whose congestion control needs it
 * @param protection measures against those who ask for more than their share
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

  /** Uses the defaults of {@code mos.conf} for the rest. */
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
