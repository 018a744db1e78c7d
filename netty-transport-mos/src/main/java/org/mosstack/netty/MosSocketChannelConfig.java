package org.mosstack.netty;

import static io.netty.channel.ChannelOption.ALLOW_HALF_CLOSURE;
import static io.netty.channel.ChannelOption.IP_TOS;
import static io.netty.channel.ChannelOption.SO_KEEPALIVE;
import static io.netty.channel.ChannelOption.SO_LINGER;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;
import static io.netty.channel.ChannelOption.SO_SNDBUF;
import static io.netty.channel.ChannelOption.TCP_FASTOPEN_CONNECT;
import static io.netty.channel.ChannelOption.TCP_NODELAY;
import static io.netty.util.internal.ObjectUtil.checkInRange;
import static org.mosstack.netty.MosChannelOption.IP_BIND_ADDRESS_NO_PORT;
import static org.mosstack.netty.MosChannelOption.IP_TTL;
import static org.mosstack.netty.MosChannelOption.TCP_CONGESTION;
import static org.mosstack.netty.MosChannelOption.TCP_CORK;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPCNT;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPIDLE;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPINTVL;
import static org.mosstack.netty.MosChannelOption.TCP_MAXSEG;
import static org.mosstack.netty.MosChannelOption.TCP_NOTSENT_LOWAT;
import static org.mosstack.netty.MosChannelOption.TCP_QUICKACK;
import static org.mosstack.netty.MosChannelOption.TCP_USER_TIMEOUT;
import static org.mosstack.netty.MosChannelOption.WRITE_ZERO_COPY_THRESHOLD;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.Consumer;
import org.mosstack.StackCore;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpHandler;

/**
 * The options of a {@link MosSocketChannel}: those of {@link SocketChannelConfig}, and those of
 * {@link MosChannelOption}. The methods are named as in {@code EpollSocketChannelConfig}.
 *
 * <p>Any thread may set them, at any time. They are applied to the connection when it is created or
 * registered, and then at each change, on its loop. An accepted channel starts with what its server
 * channel had when the connection began, see {@link MosServerSocketChannelConfig}.
 */
public final class MosSocketChannelConfig extends DefaultChannelConfig
    implements SocketChannelConfig {
  private static final OptionTable<MosSocketChannelConfig> OPTIONS =
      OptionTable.<MosSocketChannelConfig>builder()
          .add(
              SO_RCVBUF,
              MosSocketChannelConfig::getReceiveBufferSize,
              MosSocketChannelConfig::setReceiveBufferSize)
          .add(
              SO_SNDBUF,
              MosSocketChannelConfig::getSendBufferSize,
              MosSocketChannelConfig::setSendBufferSize)
          .add(
              TCP_NODELAY,
              MosSocketChannelConfig::isTcpNoDelay,
              MosSocketChannelConfig::setTcpNoDelay)
          .add(
              SO_KEEPALIVE,
              MosSocketChannelConfig::isKeepAlive,
              MosSocketChannelConfig::setKeepAlive)
          .add(
              SO_REUSEADDR,
              MosSocketChannelConfig::isReuseAddress,
              MosSocketChannelConfig::setReuseAddress)
          .add(SO_LINGER, MosSocketChannelConfig::getSoLinger, MosSocketChannelConfig::setSoLinger)
          .add(
              IP_TOS,
              MosSocketChannelConfig::getTrafficClass,
              MosSocketChannelConfig::setTrafficClass)
          .add(
              ALLOW_HALF_CLOSURE,
              MosSocketChannelConfig::isAllowHalfClosure,
              MosSocketChannelConfig::setAllowHalfClosure)
          .add(TCP_CORK, MosSocketChannelConfig::isTcpCork, MosSocketChannelConfig::setTcpCork)
          .add(
              TCP_NOTSENT_LOWAT,
              MosSocketChannelConfig::getTcpNotSentLowAt,
              MosSocketChannelConfig::setTcpNotSentLowAt)
          .add(
              TCP_KEEPIDLE,
              MosSocketChannelConfig::getTcpKeepIdle,
              MosSocketChannelConfig::setTcpKeepIdle)
          .add(
              TCP_KEEPINTVL,
              MosSocketChannelConfig::getTcpKeepIntvl,
              MosSocketChannelConfig::setTcpKeepIntvl)
          .add(
              TCP_KEEPCNT,
              MosSocketChannelConfig::getTcpKeepCnt,
              MosSocketChannelConfig::setTcpKeepCnt)
          .add(
              TCP_USER_TIMEOUT,
              MosSocketChannelConfig::getTcpUserTimeout,
              MosSocketChannelConfig::setTcpUserTimeout)
          .add(
              TCP_QUICKACK,
              MosSocketChannelConfig::isTcpQuickAck,
              MosSocketChannelConfig::setTcpQuickAck)
          .add(
              TCP_MAXSEG,
              MosSocketChannelConfig::getTcpMaxSeg,
              MosSocketChannelConfig::setTcpMaxSeg)
          .add(
              TCP_CONGESTION,
              MosSocketChannelConfig::getTcpCongestion,
              MosSocketChannelConfig::setTcpCongestion)
          .add(
              TCP_FASTOPEN_CONNECT,
              MosSocketChannelConfig::isTcpFastOpenConnect,
              MosSocketChannelConfig::setTcpFastOpenConnect)
          .add(IP_TTL, MosSocketChannelConfig::getIpTtl, MosSocketChannelConfig::setIpTtl)
          .add(
              WRITE_ZERO_COPY_THRESHOLD,
              MosSocketChannelConfig::getWriteZeroCopyThreshold,
              MosSocketChannelConfig::setWriteZeroCopyThreshold)
          .add(
              IP_BIND_ADDRESS_NO_PORT,
              MosSocketChannelConfig::isIpBindAddressNoPort,
              MosSocketChannelConfig::setIpBindAddressNoPort)
          .build();

  private final MosSocketChannel socket;

  /** Shared with other channels while it is the same. */
  private volatile TcpSettings settings = TcpSettings.DEFAULT;

  private volatile boolean tcpNoDelay = true; // as in Netty's own transports
  private volatile boolean tcpQuickAck;
  private volatile boolean tcpCork;
  private volatile int soLinger = -1;
  private volatile boolean reuseAddress;
  private volatile boolean ipBindAddressNoPort;
  private volatile boolean tcpFastOpenConnect;
  private volatile boolean allowHalfClosure;
  private volatile int writeZeroCopyThreshold = -1;

  MosSocketChannelConfig(MosSocketChannel channel) {
    super(channel);
    socket = channel;
  }

  /**
   * Opens a connection with these options. On the core's thread.
   *
   * @param local the bound address, or null
   * @param remote the remote address; the unspecified address means this host
   */
  TcpConnection connect(
      StackCore core, InetSocketAddress local, InetSocketAddress remote, TcpHandler handler)
      throws IOException {
    TcpConnection connection =
        core.connect(
            local == null ? Endpoint.ANY : InetAddresses.toEndpoint(local),
            InetAddresses.toPeer(remote),
            getConnectTimeoutMillis(),
            settings.toOptions().fastOpenConnect(tcpFastOpenConnect).build(),
            handler);
    applyTo(connection);
    return connection;
  }

  /** Adopts what an accepted connection has inherited from its listener. On its loop. */
  void inherit(TcpConnection connection) {
    settings = TcpSettings.inherited(connection);
  }

  /** Applies what is set here to the connection, and reads its buffer sizes. On its loop. */
  void applyTo(TcpConnection connection) {
    connection.noDelay(tcpNoDelay);
    connection.cork(tcpCork);
    connection.quickAck(tcpQuickAck);
    applySettings(connection);
  }

  private synchronized void applySettings(TcpConnection connection) {
    settings.applyTo(connection);
    settings = settings.learned(connection);
  }

  private synchronized void set(Consumer<TcpSettings> change) {
    settings = settings.with(change);
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(super.getOptions(), OPTIONS.options());
  }

  @Override
  public <T> T getOption(ChannelOption<T> option) {
    OptionTable.Property<MosSocketChannelConfig, T> property = OPTIONS.find(option);
    if (property != null) {
      return property.getter().apply(this);
    }
    T value = super.getOption(option);
    KernelSocket<?> reserve = socket.reserve();
    return value == null && reserve != null ? reserve.option(option) : value;
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    boolean known = setOwnOption(option, value);
    KernelSocket<?> reserve = socket.reserve();
    return reserve == null ? known : reserve.setOption(option, value, known);
  }

  private <T> boolean setOwnOption(ChannelOption<T> option, T value) {
    OptionTable.Property<MosSocketChannelConfig, T> property = OPTIONS.find(option);
    if (property == null) {
      return super.setOption(option, value);
    }
    property.setter().accept(this, value);
    return true;
  }

  /** Receive buffer in bytes; 0 while neither set nor known from a connection. */
  @Override
  public int getReceiveBufferSize() {
    return settings.receiveBuffer();
  }

  @Override
  public MosSocketChannelConfig setReceiveBufferSize(int receiveBufferSize) {
    set(own -> own.receiveBuffer(receiveBufferSize));
    return changed(this::applySettings);
  }

  /**
   * Send buffer in bytes, data in flight included; 0 while neither set nor known from a connection.
   */
  @Override
  public int getSendBufferSize() {
    return settings.sendBuffer();
  }

  @Override
  public MosSocketChannelConfig setSendBufferSize(int sendBufferSize) {
    set(own -> own.sendBuffer(sendBufferSize));
    return changed(this::applySettings);
  }

  /** True by default, as with Netty's own transports. */
  @Override
  public boolean isTcpNoDelay() {
    return tcpNoDelay;
  }

  @Override
  public MosSocketChannelConfig setTcpNoDelay(boolean tcpNoDelay) {
    this.tcpNoDelay = tcpNoDelay;
    return changed(connection -> connection.noDelay(this.tcpNoDelay));
  }

  /**
   * Whether what is written before the connect goes into the SYN (TCP Fast Open, RFC 7413), as far
   * as it fits and if the server has given a cookie before; the rest, or all, goes after the
   * handshake. False by default. Requires {@code tcp_fastopen = 1} or 3 in the stack's
   * configuration.
   */
  public boolean isTcpFastOpenConnect() {
    return tcpFastOpenConnect;
  }

  /** See {@link #isTcpFastOpenConnect()}. To be set before the connect. */
  public MosSocketChannelConfig setTcpFastOpenConnect(boolean fastOpenConnect) {
    tcpFastOpenConnect = fastOpenConnect;
    return this;
  }

  /** See {@link MosChannelOption#TCP_CORK}. */
  public boolean isTcpCork() {
    return tcpCork;
  }

  /** See {@link MosChannelOption#TCP_CORK}. */
  public MosSocketChannelConfig setTcpCork(boolean tcpCork) {
    this.tcpCork = tcpCork;
    // Not the field's value by then: clearing and setting the cork again releases what is queued.
    return changed(connection -> connection.cork(tcpCork));
  }

  /** See {@link MosChannelOption#WRITE_ZERO_COPY_THRESHOLD}. */
  public int getWriteZeroCopyThreshold() {
    return writeZeroCopyThreshold;
  }

  /**
   * See {@link MosChannelOption#WRITE_ZERO_COPY_THRESHOLD}.
   *
   * @throws IllegalArgumentException below -1
   */
  public MosSocketChannelConfig setWriteZeroCopyThreshold(int bytes) {
    writeZeroCopyThreshold = checkInRange(bytes, -1, Integer.MAX_VALUE, "writeZeroCopyThreshold");
    return this;
  }

  /** See {@link MosChannelOption#TCP_NOTSENT_LOWAT}. */
  public long getTcpNotSentLowAt() {
    return settings.notSentLowat();
  }

  /** See {@link MosChannelOption#TCP_NOTSENT_LOWAT}. */
  public MosSocketChannelConfig setTcpNotSentLowAt(long bytes) {
    set(own -> own.notSentLowat(bytes));
    return changed(this::applySettings);
  }

  /** See {@link MosChannelOption#TCP_MAXSEG}: what is in effect once there is a connection. */
  public int getTcpMaxSeg() {
    long inEffect = socket.isOpen() ? socket.tcpInfo().sndMss() : 0;
    return inEffect > 0 ? (int) inEffect : settings.maxSegment();
  }

  /** See {@link MosChannelOption#TCP_MAXSEG}: without effect once there is a connection. */
  public MosSocketChannelConfig setTcpMaxSeg(int bytes) {
    set(own -> own.maxSegment(bytes));
    return this;
  }

  /** See {@link MosChannelOption#TCP_CONGESTION}; null while it is the stack's. */
  public String getTcpCongestion() {
    return settings.congestion();
  }

  /**
   * See {@link MosChannelOption#TCP_CONGESTION}.
   *
   * @throws IllegalArgumentException an unknown name
   */
  public MosSocketChannelConfig setTcpCongestion(String name) {
    set(own -> own.congestion(name));
    return changed(this::applySettings);
  }

  /** See {@link MosChannelOption#IP_TTL}. */
  public int getIpTtl() {
    return settings.ttl();
  }

  /** See {@link MosChannelOption#IP_TTL}. */
  public MosSocketChannelConfig setIpTtl(int ttl) {
    set(own -> own.ttl(ttl));
    return changed(this::applySettings);
  }

  /** See {@link MosChannelOption#IP_BIND_ADDRESS_NO_PORT}. */
  public boolean isIpBindAddressNoPort() {
    return ipBindAddressNoPort;
  }

  /** See {@link MosChannelOption#IP_BIND_ADDRESS_NO_PORT}: without effect. */
  public MosSocketChannelConfig setIpBindAddressNoPort(boolean ipBindAddressNoPort) {
    this.ipBindAddressNoPort = ipBindAddressNoPort;
    return this;
  }

  /** See {@link MosChannelOption#TCP_QUICKACK}. */
  public boolean isTcpQuickAck() {
    return tcpQuickAck;
  }

  /** See {@link MosChannelOption#TCP_QUICKACK}. */
  public MosSocketChannelConfig setTcpQuickAck(boolean quickAck) {
    tcpQuickAck = quickAck;
    return changed(connection -> connection.quickAck(tcpQuickAck));
  }

  @Override
  public boolean isKeepAlive() {
    return settings.keepAlive();
  }

  @Override
  public MosSocketChannelConfig setKeepAlive(boolean keepAlive) {
    set(own -> own.keepAlive(keepAlive));
    return changed(this::applySettings);
  }

  /** See {@link MosChannelOption#TCP_KEEPIDLE}. */
  public int getTcpKeepIdle() {
    return settings.keepIdle();
  }

  /** See {@link MosChannelOption#TCP_KEEPIDLE}. */
  public MosSocketChannelConfig setTcpKeepIdle(int seconds) {
    set(own -> own.keepIdle(seconds));
    return changed(this::applySettings);
  }

  /** See {@link MosChannelOption#TCP_KEEPINTVL}. */
  public int getTcpKeepIntvl() {
    return settings.keepInterval();
  }

  /** See {@link MosChannelOption#TCP_KEEPINTVL}. */
  public MosSocketChannelConfig setTcpKeepIntvl(int seconds) {
    set(own -> own.keepInterval(seconds));
    return changed(this::applySettings);
  }

  /** See {@link MosChannelOption#TCP_KEEPCNT}. */
  public int getTcpKeepCnt() {
    return settings.keepCount();
  }

  /** See {@link MosChannelOption#TCP_KEEPCNT}. */
  public MosSocketChannelConfig setTcpKeepCnt(int probes) {
    set(own -> own.keepCount(probes));
    return changed(this::applySettings);
  }

  /** See {@link MosChannelOption#TCP_USER_TIMEOUT}. */
  public int getTcpUserTimeout() {
    return settings.userTimeout();
  }

  /** See {@link MosChannelOption#TCP_USER_TIMEOUT}. */
  public MosSocketChannelConfig setTcpUserTimeout(int milliseconds) {
    set(own -> own.userTimeout(milliseconds));
    return changed(this::applySettings);
  }

  /** The type-of-service octet, 0 to 255. */
  @Override
  public int getTrafficClass() {
    return settings.trafficClass();
  }

  @Override
  public MosSocketChannelConfig setTrafficClass(int trafficClass) {
    set(own -> own.trafficClass(trafficClass));
    return changed(this::applySettings);
  }

  /**
   * Seconds that a close waits for everything written, and the FIN, to be acknowledged; the loop
   * isn't blocked meanwhile. 0: a close resets the connection. -1, the default: a close completes
   * at once, and TCP finishes in the background.
   */
  @Override
  public int getSoLinger() {
    return soLinger;
  }

  @Override
  public MosSocketChannelConfig setSoLinger(int soLinger) {
    this.soLinger = Math.max(-1, soLinger);
    return this;
  }

  /** Without effect: a local port in TIME_WAIT can always be used for another remote address. */
  @Override
  public boolean isReuseAddress() {
    return reuseAddress;
  }

  @Override
  public MosSocketChannelConfig setReuseAddress(boolean reuseAddress) {
    this.reuseAddress = reuseAddress;
    return this;
  }

  @Override
  public boolean isAllowHalfClosure() {
    return allowHalfClosure;
  }

  @Override
  public MosSocketChannelConfig setAllowHalfClosure(boolean allowHalfClosure) {
    this.allowHalfClosure = allowHalfClosure;
    return this;
  }

  /** Without effect, as with all Java sockets. */
  @Override
  public MosSocketChannelConfig setPerformancePreferences(
      int connectionTime, int latency, int bandwidth) {
    return this;
  }

  @Override
  public MosSocketChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
    super.setConnectTimeoutMillis(connectTimeoutMillis);
    return this;
  }

  @Deprecated
  @Override
  public MosSocketChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return this;
  }

  /** Without effect: a flush writes until the send buffer is full. */
  @Override
  public MosSocketChannelConfig setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return this;
  }

  @Override
  public MosSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public MosSocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public MosSocketChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public MosSocketChannelConfig setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return this;
  }

  @Override
  public MosSocketChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
    super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
    return this;
  }

  @Override
  public MosSocketChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
    super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
    return this;
  }

  @Override
  public MosSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark) {
    super.setWriteBufferWaterMark(waterMark);
    return this;
  }

  @Override
  public MosSocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  private MosSocketChannelConfig changed(Consumer<TcpConnection> change) {
    socket.optionChanged(change);
    return this;
  }

  @Override
  protected void autoReadCleared() {
    socket.clearRead();
  }
}
