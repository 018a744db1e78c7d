package org.mosstack.vertx;

import io.netty.channel.EventLoopGroup;
import java.util.concurrent.ThreadFactory;
import org.mosstack.MosStack;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.Mos;
import org.mosstack.netty.MosEventLoopGroup;

/**
 * The loops of a stack of the program's own, which belongs to the one group.
 *
 * @param stack started, and not yet given to a group
 * @param idleStrategy what its loops do while there is nothing to do
 */
record OwnStackLoops(MosStack stack, IdleStrategy idleStrategy) implements LoopSource {
  @Override
  public boolean isAvailable() {
    return Mos.isAvailable();
  }

  @Override
  public Throwable unavailabilityCause() {
    return Mos.unavailabilityCause();
  }

  @Override
  public EventLoopGroup newGroup(ThreadFactory threads) {
    return new MosEventLoopGroup(stack, threads, idleStrategy);
  }
}
