package org.mosstack.tcp;

/**
 * What a core's TCP does against those who ask for more than their share, and what it trusts.
 * Immutable; any thread.
 *
 * @param synCookies {@code tcp_syncookies}: when SYNs are answered with cookies
 * @param memoryBytes this core's share of {@code tcp_mem}: bytes for received packets and
 *     unacknowledged writes; 0 for no bound
 * @param listenerPercent {@code tcp_listener_mem}: what the connections of one listener may hold of
 *     them when memory is short, in percent
 * @param zeroWindowNanos {@code tcp_zero_window_timeout}: time that a peer may keep its window
 *     closed when memory is short
 * @param fastOpenClient {@code tcp_fastopen}: whether SYNs of ours may carry data (RFC 7413)
 * @param fastOpenServer {@code tcp_fastopen}: whether listeners may take data of SYNs
 */
public record TcpProtection(
    SynCookieMode synCookies,
    long memoryBytes,
    int listenerPercent,
    long zeroWindowNanos,
    boolean fastOpenClient,
    boolean fastOpenServer) {
  /** What holds when a configuration says nothing. */
  public static final TcpProtection DEFAULT =
      new TcpProtection(SynCookieMode.WHEN_FULL, 0, 100, 60_000_000_000L, false, false);
}
