package org.mosstack.netty;

import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.PromiseCombiner;

/** Reduces all the ways to shut down one half to two methods, on the channel's loop. */
abstract class DuplexSocketChannel extends AbstractChannel implements DuplexChannel {
  DuplexSocketChannel(Channel parent) {
    super(parent);
  }

  /** Sends a FIN after what was written, and fails later writes. On the loop. */
  abstract void shutdownOutputOnLoop(ChannelPromise promise);

  /** Discards received data, now and later. On the loop. */
  abstract void shutdownInputOnLoop(ChannelPromise promise);

  final void onLoop(Runnable action) {
    EventLoop loop = eventLoop();
    if (loop.inEventLoop()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  @Override
  public boolean isShutdown() {
    return isInputShutdown() && isOutputShutdown();
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    onLoop(() -> shutdownOutputOnLoop(promise));
    return promise;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    onLoop(() -> shutdownInputOnLoop(promise));
    return promise;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    onLoop(
        () -> {
          PromiseCombiner both = new PromiseCombiner(eventLoop());
          both.addAll(shutdownOutput(), shutdownInput());
          both.finish(promise);
        });
    return promise;
  }
}
