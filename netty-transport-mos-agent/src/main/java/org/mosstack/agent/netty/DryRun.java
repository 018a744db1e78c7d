package org.mosstack.agent.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Predicate;

/**
 * Asks, when its channel connects or listens, where that would be if it weren't a dry run, and then
 * leaves the pipeline. What it asks does the logging.
 */
final class DryRun extends ChannelOutboundHandlerAdapter {
  private final Predicate<InetSocketAddress> onStack;

  /**
   * A handler for one channel.
   *
   * @param onStack asked for a client's remote address, or a server's local one
   */
  DryRun(Predicate<InetSocketAddress> onStack) {
    this.onStack = onStack;
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress remote,
      SocketAddress local,
      ChannelPromise promise) {
    ask(context, remote);
    context.connect(remote, local, promise);
  }

  @Override
  public void bind(ChannelHandlerContext context, SocketAddress local, ChannelPromise promise) {
    if (context.channel() instanceof ServerChannel) {
      ask(context, local);
    }
    context.bind(local, promise);
  }

  private void ask(ChannelHandlerContext context, SocketAddress address) {
    if (address instanceof InetSocketAddress ip) {
      onStack.test(ip);
    }
    context.pipeline().remove(this);
  }
}
