package org.mosstack.netty;

import static io.netty.channel.ChannelOption.IP_TOS;
import static io.netty.channel.ChannelOption.SO_BACKLOG;
import static io.netty.channel.ChannelOption.SO_KEEPALIVE;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;
import static io.netty.channel.ChannelOption.SO_SNDBUF;
import static io.netty.channel.ChannelOption.TCP_FASTOPEN;
import static io.netty.util.internal.ObjectUtil.checkNotNull;
import static io.netty.util.internal.ObjectUtil.checkPositiveOrZero;
import static org.mosstack.netty.MosChannelOption.IP_TTL;
import static org.mosstack.netty.MosChannelOption.SERVING_LOOPS;
import static org.mosstack.netty.MosChannelOption.SO_REUSEPORT;
import static org.mosstack.netty.MosChannelOption.TCP_CONGESTION;
import static org.mosstack.netty.MosChannelOption.TCP_DEFER_ACCEPT;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPCNT;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPIDLE;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPINTVL;
import static org.mosstack.netty.MosChannelOption.TCP_MAXSEG;
import static org.mosstack.netty.MosChannelOption.TCP_NOTSENT_LOWAT;
import static org.mosstack.netty.MosChannelOption.TCP_USER_TIMEOUT;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannelConfig;
import io.netty.util.NetUtil;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mosstack.socket.SocketOptions;

/**
 * The options of a {@link MosServerSocketChannel}: those of {@link ServerSocketChannelConfig} and
 * of {@link MosChannelOption}. Any thread.
 *
 * <p>Backlog, address and port sharing take effect when the channel is bound; which loops serve may
 * change at any time. The others apply to the connections that it accepts, from the SYN on,
 * inherited as from Linux's listening sockets: each starts with what was set here when its SYN
 * arrived, and its own config shows that. What the handshake needs is best set here: the receive
 * buffer, which determines the window scale, the MSS, TOS and TTL. Child options are applied after
 * the handshake, and override these.
 */
public final class MosServerSocketChannelConfig extends DefaultChannelConfig
    implements ServerSocketChannelConfig {
  private static final OptionTable<MosServerSocketChannelConfig> OPTIONS =
      OptionTable.<MosServerSocketChannelConfig>builder()
          .add(
              SO_BACKLOG,
              MosServerSocketChannelConfig::getBacklog,
              MosServerSocketChannelConfig::setBacklog)
          .add(
              SO_RCVBUF,
              MosServerSocketChannelConfig::getReceiveBufferSize,
              MosServerSocketChannelConfig::setReceiveBufferSize)
          .add(
              SO_SNDBUF,
              MosServerSocketChannelConfig::getSendBufferSize,
              MosServerSocketChannelConfig::setSendBufferSize)
          .add(
              SO_REUSEADDR,
              MosServerSocketChannelConfig::isReuseAddress,
              MosServerSocketChannelConfig::setReuseAddress)
          .add(
              SO_REUSEPORT,
              MosServerSocketChannelConfig::isReusePort,
              MosServerSocketChannelConfig::setReusePort)
          .add(
              SERVING_LOOPS,
              MosServerSocketChannelConfig::getServingLoops,
              MosServerSocketChannelConfig::setServingLoops)
          .add(
              SO_KEEPALIVE,
              MosServerSocketChannelConfig::isKeepAlive,
              MosServerSocketChannelConfig::setKeepAlive)
          .add(
              IP_TOS,
              MosServerSocketChannelConfig::getTrafficClass,
              MosServerSocketChannelConfig::setTrafficClass)
          .add(
              IP_TTL,
              MosServerSocketChannelConfig::getIpTtl,
              MosServerSocketChannelConfig::setIpTtl)
          .add(
              TCP_DEFER_ACCEPT,
              MosServerSocketChannelConfig::getTcpDeferAccept,
              MosServerSocketChannelConfig::setTcpDeferAccept)
          .add(
              TCP_FASTOPEN,
              MosServerSocketChannelConfig::getTcpFastopen,
              MosServerSocketChannelConfig::setTcpFastopen)
          .add(
              TCP_MAXSEG,
              MosServerSocketChannelConfig::getTcpMaxSeg,
              MosServerSocketChannelConfig::setTcpMaxSeg)
          .add(
              TCP_CONGESTION,
              MosServerSocketChannelConfig::getTcpCongestion,
              MosServerSocketChannelConfig::setTcpCongestion)
          .add(
              TCP_NOTSENT_LOWAT,
              MosServerSocketChannelConfig::getTcpNotSentLowAt,
              MosServerSocketChannelConfig::setTcpNotSentLowAt)
          .add(
              TCP_KEEPIDLE,
              MosServerSocketChannelConfig::getTcpKeepIdle,
              MosServerSocketChannelConfig::setTcpKeepIdle)
          .add(
              TCP_KEEPINTVL,
              MosServerSocketChannelConfig::getTcpKeepIntvl,
              MosServerSocketChannelConfig::setTcpKeepIntvl)
          .add(
              TCP_KEEPCNT,
              MosServerSocketChannelConfig::getTcpKeepCnt,
              MosServerSocketChannelConfig::setTcpKeepCnt)
          .add(
              TCP_USER_TIMEOUT,
              MosServerSocketChannelConfig::getTcpUserTimeout,
              MosServerSocketChannelConfig::setTcpUserTimeout)
          .build();

  private static final Predicate<EventLoop> ALL_LOOPS = loop -> true;

  private final MosServerSocketChannel server;
  private volatile TcpSettings settings = TcpSettings.DEFAULT;
  private volatile int backlog = NetUtil.SOMAXCONN;
  private volatile int deferAcceptSeconds;
  private volatile int fastOpenBacklog;
  private volatile boolean reuseAddress = true;
  private volatile boolean reusePort;
  private volatile Predicate<EventLoop> servingLoops = ALL_LOOPS;

  MosServerSocketChannelConfig(MosServerSocketChannel channel) {
    super(channel, new ServerChannelRecvByteBufAllocator());
    server = channel;
  }

  private synchronized void set(Consumer<TcpSettings> change) {
    settings = settings.with(change);
  }

  /** The options that accepted connections start with. */
  SocketOptions socketOptions() {
    return settings
        .toOptions()
        .deferAcceptSeconds(deferAcceptSeconds)
        .fastOpenBacklog(fastOpenBacklog)
        .build();
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(super.getOptions(), OPTIONS.options());
  }

  @Override
  public <T> T getOption(ChannelOption<T> option) {
    OptionTable.Property<MosServerSocketChannelConfig, T> property = OPTIONS.find(option);
    if (property != null) {
      return property.getter().apply(this);
    }
    T value = super.getOption(option);
    KernelSocket<?> reserve = server.reserve();
    return value == null && reserve != null ? reserve.option(option) : value;
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    boolean known = setOwnOption(option, value);
    KernelSocket<?> reserve = server.reserve();
    return reserve == null ? known : reserve.setOption(option, value, known);
  }

  private <T> boolean setOwnOption(ChannelOption<T> option, T value) {
    OptionTable.Property<MosServerSocketChannelConfig, T> property = OPTIONS.find(option);
    if (property == null) {
      return super.setOption(option, value);
    }
    property.setter().accept(this, value);
    return true;
  }

  /** Limit of established connections that wait on each core to be accepted. */
  @Override
  public int getBacklog() {
    return backlog;
  }

  @Override
  public MosServerSocketChannelConfig setBacklog(int backlog) {
    this.backlog = checkPositiveOrZero(backlog, "backlog");
    return this;
  }

  /** Always in effect: connections in TIME_WAIT never prevent listening on their port. */
  @Override
  public boolean isReuseAddress() {
    return reuseAddress;
  }

  @Override
  public MosServerSocketChannelConfig setReuseAddress(boolean reuseAddress) {
    this.reuseAddress = reuseAddress;
    return this;
  }

  /** See {@link MosChannelOption#SO_REUSEPORT}. */
  public boolean isReusePort() {
    return reusePort;
  }

  /** See {@link MosChannelOption#SO_REUSEPORT}. */
  public MosServerSocketChannelConfig setReusePort(boolean reusePort) {
    this.reusePort = reusePort;
    return this;
  }

  /** See {@link MosChannelOption#SERVING_LOOPS}. */
  public Predicate<EventLoop> getServingLoops() {
    return servingLoops;
  }

  /** See {@link MosChannelOption#SERVING_LOOPS}. */
  public MosServerSocketChannelConfig setServingLoops(Predicate<EventLoop> servingLoops) {
    this.servingLoops = checkNotNull(servingLoops, "servingLoops");
    return this;
  }

  /** Receive buffer of accepted connections in bytes; 0 for the stack's {@code rmem_size}. */
  @Override
  public int getReceiveBufferSize() {
    return settings.receiveBuffer();
  }

  @Override
  public MosServerSocketChannelConfig setReceiveBufferSize(int receiveBufferSize) {
    set(own -> own.receiveBuffer(receiveBufferSize));
    return changed();
  }

  /** Send buffer of accepted connections in bytes; 0 for the stack's {@code wmem_size}. */
  public int getSendBufferSize() {
    return settings.sendBuffer();
  }

  /** Sets the send buffer of accepted connections in bytes. */
  public MosServerSocketChannelConfig setSendBufferSize(int sendBufferSize) {
    set(own -> own.sendBuffer(sendBufferSize));
    return changed();
  }

  /** See {@link MosChannelOption#TCP_DEFER_ACCEPT}. */
  public int getTcpDeferAccept() {
    return deferAcceptSeconds;
  }

  /** See {@link MosChannelOption#TCP_DEFER_ACCEPT}. */
  public MosServerSocketChannelConfig setTcpDeferAccept(int seconds) {
    deferAcceptSeconds = checkPositiveOrZero(seconds, "seconds");
    return changed();
  }

  /**
   * Limit per core of connections opened by data in their SYN and not confirmed yet (TCP Fast Open,
   * RFC 7413); 0, the default, for none. Requires {@code tcp_fastopen = 2} or 3 in the stack's
   * configuration.
   */
  public int getTcpFastopen() {
    return fastOpenBacklog;
  }

  /** See {@link #getTcpFastopen()}. */
  public MosServerSocketChannelConfig setTcpFastopen(int pendingFastOpenRequestsThreshold) {
    fastOpenBacklog =
        checkPositiveOrZero(pendingFastOpenRequestsThreshold, "pendingFastOpenRequestsThreshold");
    return changed();
  }

  /** See {@link ChannelOption#SO_KEEPALIVE}; for accepted connections. */
  public boolean isKeepAlive() {
    return settings.keepAlive();
  }

  /** See {@link ChannelOption#SO_KEEPALIVE}; for accepted connections. */
  public MosServerSocketChannelConfig setKeepAlive(boolean keepAlive) {
    set(own -> own.keepAlive(keepAlive));
    return changed();
  }

  /** See {@link MosChannelOption#TCP_KEEPIDLE}; for accepted connections. */
  public int getTcpKeepIdle() {
    return settings.keepIdle();
  }

  /** See {@link MosChannelOption#TCP_KEEPIDLE}; for accepted connections. */
  public MosServerSocketChannelConfig setTcpKeepIdle(int seconds) {
    set(own -> own.keepIdle(seconds));
    return changed();
  }

  /** See {@link MosChannelOption#TCP_KEEPINTVL}; for accepted connections. */
  public int getTcpKeepIntvl() {
    return settings.keepInterval();
  }

  /** See {@link MosChannelOption#TCP_KEEPINTVL}; for accepted connections. */
  public MosServerSocketChannelConfig setTcpKeepIntvl(int seconds) {
    set(own -> own.keepInterval(seconds));
    return changed();
  }

  /** See {@link MosChannelOption#TCP_KEEPCNT}; for accepted connections. */
  public int getTcpKeepCnt() {
    return settings.keepCount();
  }

  /** See {@link MosChannelOption#TCP_KEEPCNT}; for accepted connections. */
  public MosServerSocketChannelConfig setTcpKeepCnt(int probes) {
    set(own -> own.keepCount(probes));
    return changed();
  }

  /** See {@link MosChannelOption#TCP_USER_TIMEOUT}; for accepted connections. */
  public int getTcpUserTimeout() {
    return settings.userTimeout();
  }

  /** See {@link MosChannelOption#TCP_USER_TIMEOUT}; for accepted connections. */
  public MosServerSocketChannelConfig setTcpUserTimeout(int milliseconds) {
    set(own -> own.userTimeout(milliseconds));
    return changed();
  }

  /** See {@link MosChannelOption#TCP_NOTSENT_LOWAT}; for accepted connections. */
  public long getTcpNotSentLowAt() {
    return settings.notSentLowat();
  }

  /** See {@link MosChannelOption#TCP_NOTSENT_LOWAT}; for accepted connections. */
  public MosServerSocketChannelConfig setTcpNotSentLowAt(long bytes) {
    set(own -> own.notSentLowat(bytes));
    return changed();
  }

  /** See {@link MosChannelOption#TCP_MAXSEG}; for accepted connections. */
  public int getTcpMaxSeg() {
    return settings.maxSegment();
  }

  /** See {@link MosChannelOption#TCP_MAXSEG}; for accepted connections. */
  public MosServerSocketChannelConfig setTcpMaxSeg(int bytes) {
    set(own -> own.maxSegment(bytes));
    return changed();
  }

  /**
   * See {@link MosChannelOption#TCP_CONGESTION}; for accepted connections; null for the stack's.
   */
  public String getTcpCongestion() {
    return settings.congestion();
  }

  /**
   * See {@link MosChannelOption#TCP_CONGESTION}; for accepted connections.
   *
   * @throws IllegalArgumentException an unknown name
   */
  public MosServerSocketChannelConfig setTcpCongestion(String name) {
    set(own -> own.congestion(name));
    return changed();
  }

  /** See {@link ChannelOption#IP_TOS}; for accepted connections. */
  public int getTrafficClass() {
    return settings.trafficClass();
  }

  /** See {@link ChannelOption#IP_TOS}; for accepted connections. */
  public MosServerSocketChannelConfig setTrafficClass(int trafficClass) {
    set(own -> own.trafficClass(trafficClass));
    return changed();
  }

  /** See {@link MosChannelOption#IP_TTL}; for accepted connections. */
  public int getIpTtl() {
    return settings.ttl();
  }

  /** See {@link MosChannelOption#IP_TTL}; for accepted connections. */
  public MosServerSocketChannelConfig setIpTtl(int ttl) {
    set(own -> own.ttl(ttl));
    return changed();
  }

  /** Without effect, as with all Java sockets. */
  @Override
  public MosServerSocketChannelConfig setPerformancePreferences(
      int connectionTime, int latency, int bandwidth) {
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
    super.setConnectTimeoutMillis(connectTimeoutMillis);
    return this;
  }

  @Deprecated
  @Override
  public MosServerSocketChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
    super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
    super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark) {
    super.setWriteBufferWaterMark(waterMark);
    return this;
  }

  @Override
  public MosServerSocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  private MosServerSocketChannelConfig changed() {
    server.optionsChanged();
    return this;
  }

  @Override
  protected void autoReadCleared() {
    server.clearRead();
  }
}
