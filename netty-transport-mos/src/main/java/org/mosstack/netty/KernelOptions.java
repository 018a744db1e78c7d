package org.mosstack.netty;

import static io.netty.channel.socket.nio.NioChannelOption.of;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPINTERVAL;
import static jdk.net.ExtendedSocketOptions.TCP_QUICKACK;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Passes a channel's options on to the kernel's socket that it has: those that somebody has set, as
 * the kernel has its own defaults. On the loop.
 */
final class KernelOptions {
  /** What a kernel's buffers are called that grow by themselves. */
  private static final Integer AUTOMATIC = 0;

  /** What a channel's options are that nobody has set. */
  private static final Map<ChannelOption<?>, Object> DEFAULTS = defaults();

  /** The JDK's options, which NIO's channels have, for those of epoll's. */
  private static final Map<ChannelOption<?>, ChannelOption<?>> OF_JDK =
      Map.of(
          MosChannelOption.TCP_KEEPIDLE, of(TCP_KEEPIDLE),
          MosChannelOption.TCP_KEEPINTVL, of(TCP_KEEPINTERVAL),
          MosChannelOption.TCP_KEEPCNT, of(TCP_KEEPCOUNT),
          MosChannelOption.TCP_QUICKACK, of(TCP_QUICKACK));

  private final ChannelConfig channel;
  private final ChannelConfig kernel;

  /** What the channel's options were when they were last passed on. */
  private final Map<ChannelOption<?>, Object> passedOn = new HashMap<>(DEFAULTS);

  KernelOptions(ChannelConfig channel, ChannelConfig kernel) {
    this.channel = channel;
    this.kernel = kernel;
  }

  @SuppressWarnings("deprecation") // these are parts of others, to be passed on as a whole
  private static Map<ChannelOption<?>, Object> defaults() {
    Map<ChannelOption<?>, Object> options = new MosSocketChannel().config().getOptions();
    options.remove(ChannelOption.MAX_MESSAGES_PER_READ); // not every allocator has it
    options.remove(ChannelOption.WRITE_BUFFER_HIGH_WATER_MARK); // refused where it is below ...
    options.remove(ChannelOption.WRITE_BUFFER_LOW_WATER_MARK); // ... this one of before
    options.remove(ChannelOption.AUTO_READ); // the channel's own reads decide
    return options;
  }

  /** Passes on the options that have changed since the last time, of those that the socket has. */
  void passOn() {
    passedOn.replaceAll(
        (option, last) -> {
          Object value = channel.getOption(option);
          if (!Objects.equals(value, last)) {
            passOn(option, value);
          }
          return value;
        });
  }

  private void passOn(ChannelOption<?> option, Object value) {
    ChannelOption<?> target = has(option) ? option : OF_JDK.get(option);
    boolean isBuffer = option == ChannelOption.SO_RCVBUF || option == ChannelOption.SO_SNDBUF;
    if (target != null && has(target) && !(isBuffer && AUTOMATIC.equals(value))) {
      set(target, value);
    }
  }

  private boolean has(ChannelOption<?> option) {
    return kernel.getOption(option) != null;
  }

  @SuppressWarnings("unchecked") // an option's value is of its type
  private <T> void set(ChannelOption<T> option, Object value) {
    kernel.setOption(option, (T) value);
  }
}
