package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketHalfClosedTest;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;

/** Netty's test of the same name. */
class MosSocketHalfClosedTest extends SocketHalfClosedTest {
  private static final int BYTES = 100;

  @Override
  protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
    return SuiteBootstraps.sockets();
  }

  /**
   * Rewritten: Netty's test blocks the leader's loop until the follower has answered and reset the
   * connection, while the kernel receives all that. Here, the loop itself runs TCP. So the leader
   * continues, and must get the answer, then the reset; after that, a write fails.
   */
  @Override
  public void testAutoCloseFalseDoesShutdownOutput(ServerBootstrap server, Bootstrap client)
      throws Throwable {
    for (boolean halfClosure : new boolean[] {false, true}) {
      for (boolean clientLeads : new boolean[] {false, true}) {
        answerAndReset(halfClosure, clientLeads, server, client);
      }
    }
  }

  private static void answerAndReset(
      boolean halfClosure, boolean clientLeads, ServerBootstrap server, Bootstrap client)
      throws Exception {
    Leader leader = new Leader();
    Follower follower = new Follower();
    Channel listening =
        server
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
            .childOption(ChannelOption.AUTO_CLOSE, false)
            .childOption(ChannelOption.SO_LINGER, 0)
            .childHandler(clientLeads ? follower : leader)
            .bind()
            .sync()
            .channel();
    Channel connected =
        client
            .option(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
            .option(ChannelOption.AUTO_CLOSE, false)
            .option(ChannelOption.SO_LINGER, 0)
            .handler(clientLeads ? leader : follower)
            .connect(listening.localAddress())
            .sync()
            .channel();
    try {
      Throwable end = leader.end.await().getNow();
      assertEquals(BYTES, leader.received);
      assertEquals(
          SuiteStack.resetText(), assertInstanceOf(SocketException.class, end).getMessage());
      Channel led = leader.channel;
      if (!halfClosure) { // otherwise closing it is left to the user
        led.closeFuture().sync();
        assertFalse(led.isActive());
      }
      assertInstanceOf(
          IOException.class, led.writeAndFlush(led.alloc().buffer().writeByte(0)).await().cause());
      led.close().sync();
      assertTrue(follower.channel.closeFuture().await().isSuccess());
    } finally {
      connected.close().sync();
      listening.close().sync();
    }
  }

  /** Sends bytes and receives the answer. */
  private static final class Leader extends SimpleChannelInboundHandler<ByteBuf> {
    private final Promise<Throwable> end = ImmediateEventExecutor.INSTANCE.newPromise();
    private volatile Channel channel;
    private volatile int received;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      channel = context.channel();
      context.writeAndFlush(context.alloc().buffer().writeZero(BYTES));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      received += message.readableBytes();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end.trySuccess(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end.tryFailure(new IllegalStateException("closed, not reset"));
    }
  }

  /** Answers once everything has arrived, and resets the connection: SO_LINGER is 0. */
  private static final class Follower extends SimpleChannelInboundHandler<ByteBuf> {
    private volatile Channel channel;
    private int received;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      channel = context.channel();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      received += message.readableBytes();
      if (received == BYTES) {
        context
            .writeAndFlush(context.alloc().buffer().writeZero(BYTES))
            .addListener(ChannelFutureListener.CLOSE);
      }
    }
  }
}
