package org.mosstack.bench.compare;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One end: a loop, and what makes channels for it.
 *
 * @param whenEnded run when the loop has ended
 */
record End(
    EventLoopGroup group,
    ChannelFactory<ServerChannel> servers,
    ChannelFactory<Channel> clients,
    Runnable whenEnded) {
  /** An end of another transport. */
  static End of(Transport transport) {
    return new End(transport.group(), transport.servers(), transport.clients(), () -> {});
  }

  /** Ends several, at the same time. */
  static void close(End... ends) {
    List<Future<?>> groups =
        Arrays.stream(ends).<Future<?>>map(end -> shutdown(end.group)).toList();
    groups.forEach(Future::syncUninterruptibly);
    for (End end : ends) {
      end.whenEnded.run();
    }
  }

  private static Future<?> shutdown(EventLoopGroup group) {
    return group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
  }
}
