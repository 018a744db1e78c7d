package org.mosstack.tcp;

import org.mosstack.config.SynCookieMode;

/**
 * How a core's TCP deals with those who ask for more than their share, and what it trusts.
 * Immutable; any thread.
 *
 * @param synCookies {@code tcp_syncookies}: when SYNs are answered with cookies
 * @param memoryBytes this core's share of {@code tcp_mem}: bytes for received packets and
 *     unacknowledged writes; 0 for no limit
 * @param listenerPercent {@code tcp_listener_mem}: percentage of them that the connections of one
 *     listener may hold when memory is short
 * @param zeroWindowNanos {@code tcp_zero_window_timeout}: time for which a peer may keep its window
 *     closed when memory is short
 * @param fastOpenClient {@code tcp_fastopen}: whether our SYNs may carry data (RFC 7413)
 * @param fastOpenServer {@code tcp_fastopen}: whether listeners may accept data in SYNs
 */
public record TcpProtection(
    SynCookieMode synCookies,
    long memoryBytes,
    int listenerPercent,
    long zeroWindowNanos,
    boolean fastOpenClient,
    boolean fastOpenServer) {
  /** What applies when a configuration says nothing. */
  public static final TcpProtection DEFAULT =
      new TcpProtection(SynCookieMode.WHEN_FULL, 0, 100, 60_000_000_000L, false, false);
}
