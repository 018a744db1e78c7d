package org.mosstack.tcp;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What servers have told the clients of one core (RFC 7413 section 4.1.3): a cookie and an MSS, or
 * that a SYN with the option got no answer. Bounded; what wasn't used for longest goes.
 */
final class FastOpenCache {
  /** The most servers that are remembered. */
  static final int MAX_ENTRIES = 1024;

  /** Time for which a server isn't asked again after a SYN with the option got no answer. */
  static final long SILENT_NANOS = 3600L * 1_000_000_000;

  /**
   * What is known of a server.
   *
   * @param bytes length of the cookie, 0 for none
   * @param high its first 8 bytes
   * @param low the rest, from the highest byte on
   * @param mss the MSS that it offered
   * @param silentUntilNanos until when it isn't asked; valid without a cookie
   */
  record Server(int bytes, long high, long low, int mss, long silentUntilNanos) {}

  private final Map<Long, Server> entries =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Server> eldest) {
          return size() > MAX_ENTRIES;
        }
      };

  private static Long key(TcpConnection c) {
    return (long) c.localAddress << 32 | c.remoteAddress & 0xFFFF_FFFFL;
  }

  /** What is known of the connection's server, or null. */
  Server find(TcpConnection c) {
    return entries.get(key(c));
  }

  /** The server gave a cookie. */
  void learn(TcpConnection c, TcpOptions options, int mss) {
    Server entry =
        new Server(options.fastOpenBytes, options.fastOpenHigh, options.fastOpenLow, mss, 0);
    entries.put(key(c), entry);
  }

  /** A SYN with the option got no answer, one without did. */
  void silent(TcpConnection c, long nowNanos) {
    entries.put(key(c), new Server(0, 0, 0, 0, nowNanos + SILENT_NANOS));
  }
}
