package org.mosstack.netty;

import static io.netty.channel.ChannelOption.ALLOW_HALF_CLOSURE;
import static io.netty.channel.ChannelOption.IP_TOS;
import static io.netty.channel.ChannelOption.SO_KEEPALIVE;
import static io.netty.channel.ChannelOption.SO_LINGER;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;
import static io.netty.channel.ChannelOption.SO_SNDBUF;
import static io.netty.channel.ChannelOption.TCP_NODELAY;
import static io.netty.util.internal.ObjectUtil.checkInRange;
import static io.netty.util.internal.ObjectUtil.checkPositive;
import static io.netty.util.internal.ObjectUtil.checkPositiveOrZero;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPCNT;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPIDLE;
import static org.mosstack.netty.MosChannelOption.TCP_KEEPINTVL;
import static org.mosstack.netty.MosChannelOption.TCP_QUICKACK;
import static org.mosstack.netty.MosChannelOption.TCP_USER_TIMEOUT;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;
import java.util.Map;
import org.mosstack.tcp.TcpConnection;

/**
 * The options of a {@link MosSocketChannel}: those of {@link SocketChannelConfig}, and those of
 * {@link MosChannelOption}.
 *
 * <p>Any thread may set them, at any time. The connection takes them over when it is made or
 * registered, and afterwards at each change, on its loop.
 */
public final class MosSocketChannelConfig extends DefaultChannelConfig
    implements SocketChannelConfig {
  private final MosSocketChannel socket;

  // 0 stands for the stack's default.
  private volatile int receiveBufferSize;
  private volatile int sendBufferSize;
  private volatile boolean tcpNoDelay = true; // as Netty's own transports have it
  private volatile boolean tcpQuickAck;
  private volatile boolean keepAlive;
  private volatile int keepIdleSeconds = 7200;
  private volatile int keepIntervalSeconds = 75;
  private volatile int keepProbes = 9;
  private volatile int userTimeoutMillis;
  private volatile int trafficClass;
  private volatile int soLinger = -1;
  private volatile boolean reuseAddress;
  private volatile boolean allowHalfClosure;

  MosSocketChannelConfig(MosSocketChannel channel) {
    super(channel);
    socket = channel;
  }

  /** Gives the connection what is set here, and learns its buffer sizes. On its loop. */
  void applyTo(TcpConnection connection) {
    connection.noDelay(tcpNoDelay);
    connection.quickAck(tcpQuickAck);
    connection.keepAliveTimes(keepIdleSeconds, keepIntervalSeconds, keepProbes);
    connection.keepAlive(keepAlive);
    connection.userTimeoutMillis(userTimeoutMillis);
    connection.tos(trafficClass);
    if (receiveBufferSize > 0) {
      connection.receiveBuffer(receiveBufferSize);
    }
    if (sendBufferSize > 0) {
      connection.sendBuffer(sendBufferSize);
    }
    receiveBufferSize = connection.receiveBuffer();
    sendBufferSize = connection.sendBuffer();
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(
        super.getOptions(),
        SO_RCVBUF,
        SO_SNDBUF,
        TCP_NODELAY,
        SO_KEEPALIVE,
        SO_REUSEADDR,
        SO_LINGER,
        IP_TOS,
        ALLOW_HALF_CLOSURE,
        TCP_QUICKACK,
        TCP_USER_TIMEOUT,
        TCP_KEEPIDLE,
        TCP_KEEPINTVL,
        TCP_KEEPCNT);
  }

  @SuppressWarnings("unchecked") // The option's identity says what T is.
  @Override
  public <T> T getOption(ChannelOption<T> option) {
    if (option == SO_RCVBUF) {
      return (T) Integer.valueOf(receiveBufferSize);
    } else if (option == SO_SNDBUF) {
      return (T) Integer.valueOf(sendBufferSize);
    } else if (option == TCP_NODELAY) {
      return (T) Boolean.valueOf(tcpNoDelay);
    } else if (option == SO_KEEPALIVE) {
      return (T) Boolean.valueOf(keepAlive);
    } else if (option == SO_REUSEADDR) {
      return (T) Boolean.valueOf(reuseAddress);
    } else if (option == SO_LINGER) {
      return (T) Integer.valueOf(soLinger);
    } else if (option == IP_TOS) {
      return (T) Integer.valueOf(trafficClass);
    } else if (option == ALLOW_HALF_CLOSURE) {
      return (T) Boolean.valueOf(allowHalfClosure);
    } else if (option == TCP_QUICKACK) {
      return (T) Boolean.valueOf(tcpQuickAck);
    } else if (option == TCP_USER_TIMEOUT) {
      return (T) Integer.valueOf(userTimeoutMillis);
    } else if (option == TCP_KEEPIDLE) {
      return (T) Integer.valueOf(keepIdleSeconds);
    } else if (option == TCP_KEEPINTVL) {
      return (T) Integer.valueOf(keepIntervalSeconds);
    } else if (option == TCP_KEEPCNT) {
      return (T) Integer.valueOf(keepProbes);
    }
    return super.getOption(option);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (option == SO_RCVBUF) {
      setReceiveBufferSize((Integer) value);
    } else if (option == SO_SNDBUF) {
      setSendBufferSize((Integer) value);
    } else if (option == TCP_NODELAY) {
      setTcpNoDelay((Boolean) value);
    } else if (option == SO_KEEPALIVE) {
      setKeepAlive((Boolean) value);
    } else if (option == SO_REUSEADDR) {
      setReuseAddress((Boolean) value);
    } else if (option == SO_LINGER) {
      setSoLinger((Integer) value);
    } else if (option == IP_TOS) {
      setTrafficClass((Integer) value);
    } else if (option == ALLOW_HALF_CLOSURE) {
      setAllowHalfClosure((Boolean) value);
    } else if (option == TCP_QUICKACK) {
      setTcpQuickAck((Boolean) value);
    } else if (option == TCP_USER_TIMEOUT) {
      setTcpUserTimeout((Integer) value);
    } else if (option == TCP_KEEPIDLE) {
      setTcpKeepIdle((Integer) value);
    } else if (option == TCP_KEEPINTVL) {
      setTcpKeepInterval((Integer) value);
    } else if (option == TCP_KEEPCNT) {
      setTcpKeepCount((Integer) value);
    } else {
      return super.setOption(option, value);
    }
    return true;
  }

  /** Receive buffer in bytes; 0 while neither set nor known from the connection. */
  @Override
  public int getReceiveBufferSize() {
    return receiveBufferSize;
  }

  @Override
  public MosSocketChannelConfig setReceiveBufferSize(int receiveBufferSize) {
    this.receiveBufferSize = checkPositive(receiveBufferSize, "receiveBufferSize");
    return changed();
  }

  /**
   * Send buffer in bytes, data in flight included; 0 while neither set nor known from the
   * connection.
   */
  @Override
  public int getSendBufferSize() {
    return sendBufferSize;
  }

  @Override
  public MosSocketChannelConfig setSendBufferSize(int sendBufferSize) {
    this.sendBufferSize = checkPositive(sendBufferSize, "sendBufferSize");
    return changed();
  }

  /** True by default, as with Netty's own transports. */
  @Override
  public boolean isTcpNoDelay() {
    return tcpNoDelay;
  }

  @Override
  public MosSocketChannelConfig setTcpNoDelay(boolean tcpNoDelay) {
    this.tcpNoDelay = tcpNoDelay;
    return changed();
  }

  /** See {@link MosChannelOption#TCP_QUICKACK}. */
  public boolean isTcpQuickAck() {
    return tcpQuickAck;
  }

  /** See {@link MosChannelOption#TCP_QUICKACK}. */
  public MosSocketChannelConfig setTcpQuickAck(boolean quickAck) {
    tcpQuickAck = quickAck;
    return changed();
  }

  @Override
  public boolean isKeepAlive() {
    return keepAlive;
  }

  @Override
  public MosSocketChannelConfig setKeepAlive(boolean keepAlive) {
    this.keepAlive = keepAlive;
    return changed();
  }

  /** See {@link MosChannelOption#TCP_KEEPIDLE}. */
  public int getTcpKeepIdle() {
    return keepIdleSeconds;
  }

  /** See {@link MosChannelOption#TCP_KEEPIDLE}. */
  public MosSocketChannelConfig setTcpKeepIdle(int seconds) {
    keepIdleSeconds = checkPositive(seconds, "seconds");
    return changed();
  }

  /** See {@link MosChannelOption#TCP_KEEPINTVL}. */
  public int getTcpKeepInterval() {
    return keepIntervalSeconds;
  }

  /** See {@link MosChannelOption#TCP_KEEPINTVL}. */
  public MosSocketChannelConfig setTcpKeepInterval(int seconds) {
    keepIntervalSeconds = checkPositive(seconds, "seconds");
    return changed();
  }

  /** See {@link MosChannelOption#TCP_KEEPCNT}. */
  public int getTcpKeepCount() {
    return keepProbes;
  }

  /** See {@link MosChannelOption#TCP_KEEPCNT}. */
  public MosSocketChannelConfig setTcpKeepCount(int probes) {
    keepProbes = checkPositive(probes, "probes");
    return changed();
  }

  /** See {@link MosChannelOption#TCP_USER_TIMEOUT}. */
  public int getTcpUserTimeout() {
    return userTimeoutMillis;
  }

  /** See {@link MosChannelOption#TCP_USER_TIMEOUT}. */
  public MosSocketChannelConfig setTcpUserTimeout(int millis) {
    userTimeoutMillis = checkPositiveOrZero(millis, "millis");
    return changed();
  }

  /** The type-of-service octet, 0 to 255. */
  @Override
  public int getTrafficClass() {
    return trafficClass;
  }

  @Override
  public MosSocketChannelConfig setTrafficClass(int trafficClass) {
    this.trafficClass = checkInRange(trafficClass, 0, 255, "trafficClass");
    return changed();
  }

  /**
   * Seconds that a close waits for everything written, and the FIN, to be acknowledged; the loop
   * goes on meanwhile. 0: a close resets the connection. -1, the default: a close is done at once,
   * and TCP finishes behind the scenes.
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

  /** Without effect, as with every socket of Java. */
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

  private MosSocketChannelConfig changed() {
    socket.optionsChanged();
    return this;
  }

  @Override
  protected void autoReadCleared() {
    socket.clearRead();
  }
}
