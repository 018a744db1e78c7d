package org.mosstack.lettuce;

import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A user's customizer: sets an option, and keeps the channels. */
final class Recorder implements NettyCustomizer {
  /** Smaller than any default. */
  static final int WATER_MARK = 12_345;

  static final int MESSAGES_PER_READ = 7;

  final Queue<Channel> channels = new ConcurrentLinkedQueue<>();

  /** In an order that alone is right: the second one can't be below the first. */
  @SuppressWarnings("deprecation")
  @Override
  public void afterBootstrapInitialized(Bootstrap bootstrap) {
    bootstrap
        .option(ChannelOption.WRITE_BUFFER_LOW_WATER_MARK, 1)
        .option(ChannelOption.WRITE_BUFFER_HIGH_WATER_MARK, WATER_MARK)
        .option(ChannelOption.MAX_MESSAGES_PER_READ, MESSAGES_PER_READ);
  }

  @Override
  public void afterChannelInitialized(Channel channel) {
    channels.add(channel);
  }
}
