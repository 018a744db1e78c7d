package org.mosstack.config;

/**
 * The keys of {@code mos} that protect TCP. Immutable.
 *
 * @param synCookies {@code tcp_syncookies}: when a SYN is answered with a cookie (RFC 4987); 0
 *     never, 1 while the SYN queue is full, 2 always
 * @param memory {@code tcp_mem}: bytes that the received packets and the unacknowledged writes of
 *     all connections may take together; 0 for no bound
 * @param listenerMemory {@code tcp_listener_mem}: how much of that the connections of one listener
 *     may hold when it gets short, 1 to 100 percent
 * @param zeroWindowTimeoutSeconds {@code tcp_zero_window_timeout}: time that a peer may keep its
 *     window closed when memory is short, 1 to 86400 seconds
 * @param fastOpen {@code tcp_fastopen}: who may put data into SYNs (RFC 7413); 0 nobody, 1 clients,
 *     2 servers take it, 3 both
 */
public record TcpSecurity(
    int synCookies, long memory, int listenerMemory, int zeroWindowTimeoutSeconds, int fastOpen) {}
