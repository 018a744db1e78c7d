package org.mosstack.tcp;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * What one core's clients have learned about servers (RFC 7413 section 4.1.3): a cookie and an MSS
 * per address, and the services, by address and port, with which Fast Open failed. Both are
 * bounded; the least recently used entry is evicted.
 */
final class FastOpenCache {
  /** Most servers that are remembered, and most services. */
  static final int MAX_ENTRIES = 1024;

  /** How long a service that has failed isn't asked again. */
  static final long FAILED_NANOS = 3600L * 1_000_000_000;

  /**
   * What a server gave.
   *
   * @param bytes length of the cookie
   * @param high its first 8 bytes
   * @param low the rest, from the highest byte on
   * @param mss the MSS that it offered
   */
  record Server(int bytes, long high, long low, int mss) {}

  /** A service, as seen from one of our addresses. */
  private record Service(long addresses, int port) {
    static Service of(Tcb c) {
      return new Service(key(c), c.remotePort);
    }
  }

  /** Evicts the least recently used entry. */
  private static final class Bounded<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    Bounded() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > MAX_ENTRIES;
    }
  }

  private final Map<Long, Server> servers = new Bounded<>();

  /** Until when services that have failed aren't asked again, on the core's clock. */
  private final Map<Service, Long> failed = new Bounded<>();

  private static long key(Tcb c) {
    return (long) c.localAddress << 32 | c.remoteAddress & 0xFFFF_FFFFL;
  }

  /** What the connection's server gave, or null. */
  Server find(Tcb c) {
    return servers.get(key(c));
  }

  /** Remembers the cookie that the server gave. */
  void learn(Tcb c, TcpOptions options, int mss) {
    servers.put(
        key(c), new Server(options.fastOpenBytes, options.fastOpenHigh, options.fastOpenLow, mss));
    failed.remove(Service.of(c));
  }

  /** Whether Fast Open has recently failed with the connection's service. */
  boolean hasFailed(Tcb c, long nowNanos) {
    Long until = failed.get(Service.of(c));
    return until != null && nowNanos - until < 0;
  }

  /**
   * Remembers that Fast Open failed with the connection's service: a SYN with the option got no
   * answer or an error, or its data wasn't accepted (section 4.1.3.1).
   */
  void fail(Tcb c, long nowNanos) {
    failed.put(Service.of(c), nowNanos + FAILED_NANOS);
  }
}
