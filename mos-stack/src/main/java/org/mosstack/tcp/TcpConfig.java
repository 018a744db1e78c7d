package org.mosstack.tcp;

/**
 * The limits and times of one core's TCP.
 *
 * @param core the core's index in its stack
 * @param maxConnections {@code max_concurrency}: connections of any state but CLOSED
 * @param maxBuffers {@code max_num_buffers}: packet buffers that received data may wait in
 * @param receiveBuffer {@code rmem_size}: bytes that may wait in one connection
 * @param sendBuffer {@code wmem_size}: unacknowledged bytes of one connection
 * @param timeWaitNanos {@code tcp_tw_interval}: time in TIME_WAIT, 0 for none
 * @param idleTimeoutNanos {@code tcp_timeout}: a connection without any segment for so long is
 *     ended; 0 for never
 */
public record TcpConfig(
    int core,
    int maxConnections,
    int maxBuffers,
    int receiveBuffer,
    int sendBuffer,
    long timeWaitNanos,
    long idleTimeoutNanos) {}
