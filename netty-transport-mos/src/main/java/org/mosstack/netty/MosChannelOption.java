package org.mosstack.netty;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.util.function.Predicate;

/**
 * Options of this transport beyond {@link ChannelOption}.
 *
 * <p>They have the names of the options of Netty's epoll transport, and constants of the same name
 * are the same object: a bootstrap that sets {@code UnixChannelOption.SO_REUSEPORT} or {@code
 * EpollChannelOption.TCP_KEEPIDLE} sets them here too. Three have no counterpart there.
 *
 * <p>Options that this transport doesn't support fail as in Netty: {@code setOption} returns false,
 * and a bootstrap logs a warning. docs/epoll-features.md lists them all.
 */
public final class MosChannelOption {
  private static final String UNIX = "io.netty.channel.unix.UnixChannelOption#";
  private static final String EPOLL = "io.netty.channel.epoll.EpollChannelOption#";

  /**
   * Server channels: several of them may listen on one address and port, each bound on its own
   * loop; each accepts the flows of its own core, with no hop between threads. Flows of cores
   * without one are shared among the others. False by default: one bind listens on every core.
   */
  public static final ChannelOption<Boolean> SO_REUSEPORT =
      ChannelOption.valueOf(UNIX + "SO_REUSEPORT");

  /**
   * Which of the group's loops serve a server channel's connections; by default all do. A
   * connection that arrives on the core of another loop is served by one of these: its packets are
   * passed on from core to core, at the cost of a copy each. Tested for each new connection, on the
   * thread of the loop it arrived on, so the answer may change over time. If it is false for all
   * loops, or the predicate throws, which is logged, each loop serves its own.
   */
  public static final ChannelOption<Predicate<EventLoop>> SERVING_LOOPS =
      ChannelOption.valueOf(MosChannelOption.class, "SERVING_LOOPS");

  /** Acknowledges each segment at once, without delay (RFC 9293 section 3.8.6.3). */
  public static final ChannelOption<Boolean> TCP_QUICKACK =
      ChannelOption.valueOf(EPOLL + "TCP_QUICKACK");

  /**
   * Milliseconds that data may stay unacknowledged before the connection fails (RFC 5482); 0 leaves
   * the limit to the number of retransmissions.
   */
  public static final ChannelOption<Integer> TCP_USER_TIMEOUT =
      ChannelOption.valueOf(EPOLL + "TCP_USER_TIMEOUT");

  /** Seconds of silence before the first keepalive probe, at least 1; 7200 by default. */
  public static final ChannelOption<Integer> TCP_KEEPIDLE =
      ChannelOption.valueOf(EPOLL + "TCP_KEEPIDLE");

  /** Seconds between keepalive probes, at least 1; 75 by default. */
  public static final ChannelOption<Integer> TCP_KEEPINTVL =
      ChannelOption.valueOf(EPOLL + "TCP_KEEPINTVL");

  /** Unanswered keepalive probes that end a connection, at least 1; 9 by default. */
  public static final ChannelOption<Integer> TCP_KEEPCNT =
      ChannelOption.valueOf(EPOLL + "TCP_KEEPCNT");

  /**
   * Holds partial segments back until the option is turned off, a segment is full or 200 ms have
   * passed (Linux's TCP_CORK). For headers and a body that are flushed separately; it takes
   * precedence over {@link ChannelOption#TCP_NODELAY}. A FIN, such as a close sends, is never held
   * back.
   */
  public static final ChannelOption<Boolean> TCP_CORK = ChannelOption.valueOf(EPOLL + "TCP_CORK");

  /**
   * Unsent bytes below which a connection accepts more, 0 to 4294967295; 0, the default, means no
   * such limit beyond {@link ChannelOption#SO_SNDBUF}, which also counts what is in flight. What
   * doesn't fit waits in the channel, where {@code isWritable()} counts it. Writing resumes when
   * half of it is sent, as on Linux; one segment is always accepted when less than the limit is
   * unsent.
   */
  public static final ChannelOption<Long> TCP_NOTSENT_LOWAT =
      ChannelOption.valueOf(EPOLL + "TCP_NOTSENT_LOWAT");

  /**
   * Server channels: seconds for which a connection isn't accepted while no data has arrived; 0,
   * the default, disables this. Meanwhile it counts as half open. Linux rounds the time up to one
   * of its retransmissions of the SYN-ACK, and drops the handshake; here the connection is
   * established, and is accepted when the time is over.
   */
  public static final ChannelOption<Integer> TCP_DEFER_ACCEPT =
      ChannelOption.valueOf(EPOLL + "TCP_DEFER_ACCEPT");

  /**
   * Upper bound of the MSS announced to the peer and of the segments sent, in bytes, 88 to 32767;
   * 0, the default, for what the path allows. To be set before the handshake: on a channel before
   * it connects, or on a server channel. Reading it from a channel with a connection gives the
   * payload of a full segment, less its options, as on Linux. Netty's epoll has no constant for it.
   */
  public static final ChannelOption<Integer> TCP_MAXSEG =
      ChannelOption.valueOf(MosChannelOption.class, "TCP_MAXSEG");

  /**
   * The congestion control by its name: {@code cubic}, {@code newreno} or {@code bbr}; others fail
   * with an {@link IllegalArgumentException} that lists the valid ones. A change keeps the
   * congestion window. If unset, {@code tcp_congestion} of the configuration applies, and the
   * option reads as null until there is a connection. Netty's epoll has no constant for it.
   */
  public static final ChannelOption<String> TCP_CONGESTION =
      ChannelOption.valueOf(MosChannelOption.class, "TCP_CONGESTION");

  /** TTL of packets sent, 1 to 255; 64 by default. Netty's epoll has no constant for it. */
  public static final ChannelOption<Integer> IP_TTL =
      ChannelOption.valueOf(MosChannelOption.class, "IP_TTL");

  /**
   * Size in bytes, 0 or more, from which direct buffers are sent in place even if somebody else has
   * a reference to them; -1, the default, for never. Whoever sets it promises not to change such
   * bytes until the transport has released the buffer, which is later than the write is done: when
   * the peer has acknowledged them. For content that never changes, such as a cached file of which
   * each response is a retained duplicate. Without it, such a buffer's bytes are copied; so are,
   * even with it, those of buffers whose release the transport can't observe: those that {@code
   * Unpooled} allocated or wrapped, and views that ignore their count. Netty's io_uring has {@code
   * IO_URING_WRITE_ZERO_COPY_THRESHOLD} for the same.
   */
  public static final ChannelOption<Integer> WRITE_ZERO_COPY_THRESHOLD =
      ChannelOption.valueOf(MosChannelOption.class, "WRITE_ZERO_COPY_THRESHOLD");

  /**
   * Client channels: a bind to port 0 before the connect leaves the choice of the port to the
   * connect. This is always so here, whatever the option says.
   */
  public static final ChannelOption<Boolean> IP_BIND_ADDRESS_NO_PORT =
      ChannelOption.valueOf("IP_BIND_ADDRESS_NO_PORT");

  private MosChannelOption() {}
}
