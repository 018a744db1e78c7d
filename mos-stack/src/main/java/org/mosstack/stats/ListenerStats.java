package org.mosstack.stats;

/**
 * One listener's figures, summed over all cores. Immutable.
 *
 * @param address the bound IPv4 address; 0.0.0.0 for all of the stack's
 * @param port the bound port
 * @param core the core that it was bound for with SO_REUSEPORT, or -1
 * @param backlog established connections per core that may wait to be accepted
 * @param synQueue connections that are half-open, or wait for their first data
 * @param acceptQueue established connections that wait to be accepted
 * @param accepted connections that entered the accept queue
 * @param dropped SYNs and final handshake ACKs that found a queue full
 */
public record ListenerStats(
    String address,
    int port,
    int core,
    int backlog,
    int synQueue,
    int acceptQueue,
    long accepted,
    long dropped) {}
