package org.mosstack.netty;

import io.netty.channel.EventLoop;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A channel's place on a loop of another transport's, which doesn't know it: so that the channel
 * closes when the loop is shut down, as that transport's own channels do.
 */
final class ForeignRegistration implements IoRegistration {
  /** Those on the current thread's loop; null as long as there was none. */
  private static final FastThreadLocal<Set<ForeignRegistration>> HERE = new FastThreadLocal<>();

  private final EventLoop loop;
  private final MosIoHandle handle;
  private final AtomicBoolean canceled = new AtomicBoolean();

  private ForeignRegistration(EventLoop loop, MosIoHandle handle) {
    this.loop = loop;
    this.handle = handle;
  }

  /** Registers a channel. On the loop. */
  static ForeignRegistration make(EventLoop loop, MosIoHandle handle) {
    ForeignRegistration made = new ForeignRegistration(loop, handle);
    if (loop instanceof SingleThreadEventExecutor executor) { // others don't say when they end
      here(executor).add(made);
    }
    return made;
  }

  private static Set<ForeignRegistration> here(SingleThreadEventExecutor executor) {
    Set<ForeignRegistration> here = HERE.getIfExists();
    if (here == null) {
      here = Collections.newSetFromMap(new IdentityHashMap<>());
      HERE.set(here);
      executor.addShutdownHook(ForeignRegistration::closeChannels);
    }
    return here;
  }

  /** Closes all channels that are registered with the current thread's loop. */
  static void closeChannels() {
    Set<ForeignRegistration> here = HERE.getIfExists();
    if (here != null) {
      List.copyOf(here).forEach(registration -> registration.handle.close());
    }
  }

  /** Null: there is no {@link MosIoHandler}. */
  @Override
  public <T> T attachment() {
    return null;
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
    if (!loop.inEventLoop()) {
      LoopLink.tryExecute(loop, this::leave);
    } else {
      leave();
    }
    return true;
  }

  private void leave() {
    Set<ForeignRegistration> here = HERE.getIfExists();
    if (here != null) {
      here.remove(this);
    }
  }
}
