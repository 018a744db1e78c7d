package org.mosstack.netty;

import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A channel's place on its loop: a node of the doubly linked list of open channels. TCP calls the
 * channels itself, so there is no interest to submit.
 */
final class MosRegistration implements IoRegistration {
  final MosIoHandler handler;
  final MosIoHandle handle;
  MosRegistration previous;
  MosRegistration next;
  private final AtomicBoolean canceled = new AtomicBoolean();

  MosRegistration(MosIoHandler handler, MosIoHandle handle) {
    this.handler = handler;
    this.handle = handle;
  }

  /**
   * Registers a channel with its loop, which closes it when it ends.
   *
   * @param done notified whether it succeeded
   * @param whenMade receives the registration before {@code done} is notified
   */
  static void request(
      EventLoop loop, MosIoHandle handle, ChannelPromise done, Consumer<IoRegistration> whenMade) {
    if (!(loop instanceof IoEventLoop ioLoop && ioLoop.isCompatible(MosIoHandle.class))) {
      whenMade.accept(ForeignRegistration.make(loop, handle));
      done.setSuccess();
      return;
    }
    ioLoop
        .register(handle)
        .addListener(
            future -> {
              if (future.isSuccess()) {
                whenMade.accept((IoRegistration) future.getNow());
                done.setSuccess();
              } else {
                done.setFailure(future.cause());
              }
            });
  }

  /** The {@link MosIoHandler}. */
  @Override
  @SuppressWarnings("unchecked")
  public <T> T attachment() {
    return (T) handler;
  }

  @Override
  public long submit(IoOps ops) {
    throw new UnsupportedOperationException("TCP's events aren't subscribed to: " + ops);
  }

  @Override
  public boolean isValid() {
    return !canceled.get();
  }

  @Override
  public boolean cancel() {
    if (!canceled.compareAndSet(false, true)) {
      return false;
    }
    handler.cancelled(this);
    return true;
  }
}
