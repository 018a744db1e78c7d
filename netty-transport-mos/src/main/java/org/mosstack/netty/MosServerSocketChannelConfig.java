package org.mosstack.netty;

import static io.netty.channel.ChannelOption.SO_BACKLOG;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;
import static io.netty.util.internal.ObjectUtil.checkPositive;
import static io.netty.util.internal.ObjectUtil.checkPositiveOrZero;
import static org.mosstack.netty.MosChannelOption.SO_REUSEPORT;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannelConfig;
import io.netty.util.NetUtil;
import java.util.Map;

/**
 * The options of a {@link MosServerSocketChannel}: those of {@link ServerSocketChannelConfig}, and
 * {@link MosChannelOption#SO_REUSEPORT}. They take effect when the channel is bound. Any thread.
 */
public final class MosServerSocketChannelConfig extends DefaultChannelConfig
    implements ServerSocketChannelConfig {
  private final MosServerSocketChannel server;
  private volatile int backlog = NetUtil.SOMAXCONN;
  private volatile int receiveBufferSize;
  private volatile boolean reuseAddress = true;
  private volatile boolean reusePort;

  MosServerSocketChannelConfig(MosServerSocketChannel channel) {
    super(channel, new ServerChannelRecvByteBufAllocator());
    server = channel;
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(super.getOptions(), SO_BACKLOG, SO_RCVBUF, SO_REUSEADDR, SO_REUSEPORT);
  }

  @SuppressWarnings("unchecked") // The option's identity says what T is.
  @Override
  public <T> T getOption(ChannelOption<T> option) {
    if (option == SO_BACKLOG) {
      return (T) Integer.valueOf(backlog);
    } else if (option == SO_RCVBUF) {
      return (T) Integer.valueOf(receiveBufferSize);
    } else if (option == SO_REUSEADDR) {
      return (T) Boolean.valueOf(reuseAddress);
    } else if (option == SO_REUSEPORT) {
      return (T) Boolean.valueOf(reusePort);
    }
    return super.getOption(option);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (option == SO_BACKLOG) {
      setBacklog((Integer) value);
    } else if (option == SO_RCVBUF) {
      setReceiveBufferSize((Integer) value);
    } else if (option == SO_REUSEADDR) {
      setReuseAddress((Boolean) value);
    } else if (option == SO_REUSEPORT) {
      setReusePort((Boolean) value);
    } else {
      return super.setOption(option, value);
    }
    return true;
  }

  /** Established connections that may wait on each core to be accepted. */
  @Override
  public int getBacklog() {
    return backlog;
  }

  @Override
  public MosServerSocketChannelConfig setBacklog(int backlog) {
    this.backlog = checkPositiveOrZero(backlog, "backlog");
    return this;
  }

  /** Always in effect: a port in TIME_WAIT doesn't keep anybody from listening on it. */
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

  /** Receive buffer of accepted connections in bytes; 0 for the stack's {@code rmem_size}. */
  @Override
  public int getReceiveBufferSize() {
    return receiveBufferSize;
  }

  @Override
  public MosServerSocketChannelConfig setReceiveBufferSize(int receiveBufferSize) {
    this.receiveBufferSize = checkPositive(receiveBufferSize, "receiveBufferSize");
    return this;
  }

  /** Without effect, as with every socket of Java. */
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

  @Override
  protected void autoReadCleared() {
    server.clearRead();
  }
}
