package org.mosstack.socket;

/**
 * Initial options of a connection: passed to {@code connect}, or to a listener, whose connections
 * inherit them as on Linux. Immutable; any thread.
 *
 * @param receiveBuffer bytes that may wait to be read, for which the window scale is chosen (RFC
 *     7323 section 2.3); 0 to let it grow automatically up to the stack's {@code rmem_size}
 * @param sendBuffer bytes that may wait to be acknowledged; 0 to let it grow automatically up to
 *     the stack's {@code wmem_size}
 * @param maxSegment upper bound of the MSS advertised to the peer and of segments sent
 *     (TCP_MAXSEG), in bytes, {@value #MIN_SEGMENT_BYTES} to {@value #MAX_SEGMENT_BYTES}; 0 for
 *     what the path allows
 * @param tos type-of-service octet of packets sent, 0 to 255; the two low-order bits are ECN's (RFC
 *     3168), and are set as ECN requires
 * @param ttl time to live of packets sent, 1 to 255
 * @param keepAlive whether keepalive probes are sent (RFC 9293 section 3.8.4)
 * @param keepIdleSeconds silence before the first probe, at least 1
 * @param keepIntervalSeconds time between probes, at least 1
 * @param keepProbes unanswered probes that end the connection, at least 1
 * @param userTimeoutMillis time that data may stay unacknowledged (RFC 5482); 0 to limit the number
 *     of retransmissions instead
 * @param notSentLowat unsent bytes below which writes are accepted (TCP_NOTSENT_LOWAT); 0 for no
 *     such bound
 * @param congestion the congestion control; null for the stack's {@code tcp_congestion}
 * @param deferAcceptSeconds for listeners: time for which a connection without data can't be
 *     accepted (TCP_DEFER_ACCEPT); 0 for none
 * @param fastOpenConnect for connects: whether the SYN may carry data written in the same turn
 *     (TCP_FASTOPEN_CONNECT), where {@code tcp_fastopen} allows it
 * @param fastOpenBacklog for listeners: most connections per core that were opened by a SYN's
 *     cookie and aren't confirmed yet, or ended unconfirmed within the last minute (TCP_FASTOPEN);
 *     0 for none
 */
public record SocketOptions(
    int receiveBuffer,
    int sendBuffer,
    int maxSegment,
    int tos,
    int ttl,
    boolean keepAlive,
    int keepIdleSeconds,
    int keepIntervalSeconds,
    int keepProbes,
    int userTimeoutMillis,
    long notSentLowat,
    CongestionAlgorithm congestion,
    int deferAcceptSeconds,
    boolean fastOpenConnect,
    int fastOpenBacklog) {

  private static final int DEFAULT_TTL = 64;
  private static final int DEFAULT_KEEPALIVE_IDLE_SECONDS = 7200; // RFC 9293 section 3.8.4
  private static final int DEFAULT_KEEPALIVE_INTERVAL_SECONDS = 75;
  private static final int DEFAULT_KEEPALIVE_PROBES = 9;

  /** Smallest value of TCP_MAXSEG: Linux's TCP_MIN_MSS. */
  public static final int MIN_SEGMENT_BYTES = 88;

  /** Largest value of TCP_MAXSEG: Linux's MAX_TCP_WINDOW. */
  public static final int MAX_SEGMENT_BYTES = 32_767;

  /** The defaults. */
  public static final SocketOptions DEFAULT = builder().build();

  /** Checks the ranges. */
  public SocketOptions {
    checkRange("receiveBuffer", receiveBuffer, 0, Integer.MAX_VALUE);
    checkRange("sendBuffer", sendBuffer, 0, Integer.MAX_VALUE);
    if (maxSegment != 0) {
      checkRange("maxSegment", maxSegment, MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES);
    }
    checkRange("tos", tos, 0, 255);
    checkRange("ttl", ttl, 1, 255);
    checkRange("keepIdleSeconds", keepIdleSeconds, 1, Integer.MAX_VALUE);
    checkRange("keepIntervalSeconds", keepIntervalSeconds, 1, Integer.MAX_VALUE);
    checkRange("keepProbes", keepProbes, 1, Integer.MAX_VALUE);
    checkRange("userTimeoutMillis", userTimeoutMillis, 0, Integer.MAX_VALUE);
    checkRange("notSentLowat", notSentLowat, 0, Long.MAX_VALUE);
    checkRange("deferAcceptSeconds", deferAcceptSeconds, 0, Integer.MAX_VALUE);
    checkRange("fastOpenBacklog", fastOpenBacklog, 0, Integer.MAX_VALUE);
  }

  private static void checkRange(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + " to " + max + ")");
    }
  }

  /** Returns a builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds options; the setters have the names, units and ranges of the components. */
  public static final class Builder {
    private int receiveBuffer;
    private int sendBuffer;
    private int maxSegment;
    private int tos;
    private int ttl = DEFAULT_TTL;
    private boolean keepAlive;
    private int keepIdleSeconds = DEFAULT_KEEPALIVE_IDLE_SECONDS;
    private int keepIntervalSeconds = DEFAULT_KEEPALIVE_INTERVAL_SECONDS;
    private int keepProbes = DEFAULT_KEEPALIVE_PROBES;
    private int userTimeoutMillis;
    private long notSentLowat;
    private CongestionAlgorithm congestion;
    private int deferAcceptSeconds;
    private boolean fastOpenConnect;
    private int fastOpenBacklog;

    private Builder() {}

    /** Sets {@link SocketOptions#receiveBuffer()}. */
    public Builder receiveBuffer(int bytes) {
      receiveBuffer = bytes;
      return this;
    }

    /** Sets {@link SocketOptions#sendBuffer()}. */
    public Builder sendBuffer(int bytes) {
      sendBuffer = bytes;
      return this;
    }

    /** Sets {@link SocketOptions#maxSegment()}. */
    public Builder maxSegment(int bytes) {
      maxSegment = bytes;
      return this;
    }

    /** Sets {@link SocketOptions#tos()}. */
    public Builder tos(int octet) {
      tos = octet;
      return this;
    }

    /** Sets {@link SocketOptions#ttl()}. */
    public Builder ttl(int hops) {
      ttl = hops;
      return this;
    }

    /** Sets {@link SocketOptions#keepAlive()}. */
    public Builder keepAlive(boolean on) {
      keepAlive = on;
      return this;
    }

    /** Sets when keepalive probes are sent. */
    public Builder keepAliveTimes(int idleSeconds, int intervalSeconds, int probes) {
      keepIdleSeconds = idleSeconds;
      keepIntervalSeconds = intervalSeconds;
      keepProbes = probes;
      return this;
    }

    /** Sets {@link SocketOptions#userTimeoutMillis()}. */
    public Builder userTimeoutMillis(int millis) {
      userTimeoutMillis = millis;
      return this;
    }

    /** Sets {@link SocketOptions#notSentLowat()}. */
    public Builder notSentLowat(long bytes) {
      notSentLowat = bytes;
      return this;
    }

    /** Sets {@link SocketOptions#congestion()}. */
    public Builder congestion(CongestionAlgorithm algorithm) {
      congestion = algorithm;
      return this;
    }

    /** Sets {@link SocketOptions#deferAcceptSeconds()}. */
    public Builder deferAcceptSeconds(int seconds) {
      deferAcceptSeconds = seconds;
      return this;
    }

    /** Sets {@link SocketOptions#fastOpenConnect()}. */
    public Builder fastOpenConnect(boolean on) {
      fastOpenConnect = on;
      return this;
    }

    /** Sets {@link SocketOptions#fastOpenBacklog()}. */
    public Builder fastOpenBacklog(int connections) {
      fastOpenBacklog = connections;
      return this;
    }

    /**
     * Returns the options.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public SocketOptions build() {
      return new SocketOptions(
          receiveBuffer,
          sendBuffer,
          maxSegment,
          tos,
          ttl,
          keepAlive,
          keepIdleSeconds,
          keepIntervalSeconds,
          keepProbes,
          userTimeoutMillis,
          notSentLowat,
          congestion,
          deferAcceptSeconds,
          fastOpenConnect,
          fastOpenBacklog);
    }
  }
}
