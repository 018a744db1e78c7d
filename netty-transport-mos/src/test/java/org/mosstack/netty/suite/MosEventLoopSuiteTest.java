package org.mosstack.netty.suite;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.testsuite.transport.AbstractSingleThreadEventLoopTest;
import org.mosstack.netty.MosServerSocketChannel;

/** Netty's test of single-threaded event loops. */
class MosEventLoopSuiteTest extends AbstractSingleThreadEventLoopTest {
  @Override
  protected boolean supportsChannelIteration() {
    return SuiteStack.hasOwnLoops();
  }

  @Override
  protected EventLoopGroup newEventLoopGroup() {
    return SuiteStack.newDrivingGroup(1);
  }

  /** None: a core's loop can't be suspended, as packets may arrive at any time. */
  @Override
  protected EventLoopGroup newAutoScalingEventLoopGroup() {
    return null;
  }

  @Override
  protected Channel newChannel() {
    return new MosServerSocketChannel();
  }

  @Override
  protected Class<? extends ServerChannel> serverChannelClass() {
    return MosServerSocketChannel.class;
  }
}
