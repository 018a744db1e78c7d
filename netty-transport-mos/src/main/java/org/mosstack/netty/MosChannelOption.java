package org.mosstack.netty;

import io.netty.channel.ChannelOption;

/**
 * Options of this transport beyond {@link ChannelOption}.
 *
 * <p>They carry the names of the options of Netty's epoll transport, and constants of one name are
 * one object: a bootstrap that sets {@code UnixChannelOption.SO_REUSEPORT} or {@code
 * EpollChannelOption.TCP_KEEPIDLE} sets them here too.
 */
public final class MosChannelOption {
  private static final String UNIX = "io.netty.channel.unix.UnixChannelOption#";
  private static final String EPOLL = "io.netty.channel.epoll.EpollChannelOption#";

  /**
   * Server channels: several of them may listen on one address and port, each bound on a loop of
   * its own; every one accepts the flows of its own core, with no hop between threads. Flows of
   * cores that have none bound are shared among the others. False by default: one bind listens on
   * every core.
   */
  public static final ChannelOption<Boolean> SO_REUSEPORT =
      ChannelOption.valueOf(UNIX + "SO_REUSEPORT");

  /** Acknowledge each segment at once, without delay (RFC 9293 section 3.8.6.3). */
  public static final ChannelOption<Boolean> TCP_QUICKACK =
      ChannelOption.valueOf(EPOLL + "TCP_QUICKACK");

  /**
   * Milliseconds that data may stay unacknowledged before the connection fails (RFC 5482); 0 leaves
   * it to the number of retransmissions.
   */
  public static final ChannelOption<Integer> TCP_USER_TIMEOUT =
      ChannelOption.valueOf(EPOLL + "TCP_USER_TIMEOUT");

  /** Seconds of silence before the first keepalive probe, from 1; 7200 by default. */
  public static final ChannelOption<Integer> TCP_KEEPIDLE =
      ChannelOption.valueOf(EPOLL + "TCP_KEEPIDLE");

  /** Seconds between keepalive probes, from 1; 75 by default. */
  public static final ChannelOption<Integer> TCP_KEEPINTVL =
      ChannelOption.valueOf(EPOLL + "TCP_KEEPINTVL");

  /** Unanswered keepalive probes that end a connection, from 1; 9 by default. */
  public static final ChannelOption<Integer> TCP_KEEPCNT =
      ChannelOption.valueOf(EPOLL + "TCP_KEEPCNT");

  private MosChannelOption() {}
}
