package org.mosstack.lettuce;

import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A user's customizer: sets an option, and keeps the channels. */
final class Recorder implements NettyCustomizer {
  /** Smaller than any default. */
  static final int WATER_MARK = 12_345;

  final Queue<Channel> channels = new ConcurrentLinkedQueue<>();

  @Override
  public void afterBootstrapInitialized(Bootstrap bootstrap) {
    bootstrap.option(
        ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(1, WATER_MARK));
  }

  @Override
  public void afterChannelInitialized(Channel channel) {
    channels.add(channel);
  }
}
