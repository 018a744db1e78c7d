package org.mosstack.agent.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Predicate;
import org.mosstack.MosStack;
import org.mosstack.agent.Decisions;

/**
 * Asks, when its channel connects or listens, where that would be if it weren't a dry run, and then
 * leaves the pipeline. What it asks does the logging; whatever goes wrong there, the application
 * goes on.
 */
final class DryRun extends ChannelOutboundHandlerAdapter {
  private final Decisions decisions;
  private final MosStack stack;

  /** A handler for one channel. */
  DryRun(Decisions decisions, MosStack stack) {
    this.decisions = decisions;
    this.stack = stack;
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress remote,
      SocketAddress local,
      ChannelPromise promise) {
    ask(context, decisions.connects(name(context), stack), remote);
    context.connect(remote, local, promise);
  }

  @Override
  public void bind(ChannelHandlerContext context, SocketAddress local, ChannelPromise promise) {
    if (context.channel() instanceof ServerChannel server
        && ask(context, decisions.binds(name(context), stack), local)) {
      promise.addListener(
          bound -> {
            if (bound.isSuccess() && server.localAddress() instanceof InetSocketAddress address) {
              decisions.wouldListen(address.getPort());
            }
          });
    }
    context.bind(local, promise);
  }

  private static String name(ChannelHandlerContext context) {
    return context.channel().getClass().getName();
  }

  private boolean ask(
      ChannelHandlerContext context, Predicate<InetSocketAddress> onStack, SocketAddress address) {
    context.pipeline().remove(this);
    try {
      return address instanceof InetSocketAddress ip && onStack.test(ip);
    } catch (RuntimeException e) {
      decisions.leave(name(context), "as asking failed: " + e);
      return false;
    }
  }
}
