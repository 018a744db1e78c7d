package org.mosstack.vertx;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.mosstack.StackLease;
import org.mosstack.netty.Mos;
import org.mosstack.netty.MosIoHandler;

/**
 * Loops on the stack that the process shares. They are Netty's own, as their threads have to be
 * Vert.x's: they claim the cores that nobody has, and do without where there are none left.
 */
final class SharedStackLoops implements LoopSource {
  /** Of the next group; null until somebody asks. Guarded by this. */
  private StackLease lease;

  /** Leases the stack, which starts it if need be. */
  @Override
  public synchronized boolean isAvailable() {
    if (lease == null) {
      lease = Mos.orKernel(StackLease::take).orElse(null);
    }
    return lease != null;
  }

  @Override
  public Throwable unavailabilityCause() {
    return isAvailable()
        ? null
        : new IllegalStateException("The shared stack can't be started, as the log says");
  }

  @Override
  public synchronized EventLoopGroup newGroup(ThreadFactory threads) {
    if (!isAvailable()) {
      throw new IllegalStateException(unavailabilityCause());
    }
    Group group = new Group(lease, threads);
    lease = null;
    group.forEach(loop -> loop.execute(() -> {})); // packets may arrive on any core
    return group;
  }

  /** Gives its lease back when it ends: then the last loop of all groups ends the stack. */
  private static final class Group extends MultiThreadIoEventLoopGroup {
    private final StackLease lease;

    Group(StackLease lease, ThreadFactory threads) {
      super(lease.stack().cores(), threads, MosIoHandler.newFactory(lease.stack()));
      this.lease = lease;
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
      lease.close();
      return super.shutdownGracefully(quietPeriod, timeout, unit);
    }
  }
}
