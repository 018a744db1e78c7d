package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketShutdownOutputBySelfTest;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** Netty's test of the same name; the peer is a kernel socket. */
class MosSocketShutdownOutputBySelfTest extends SocketShutdownOutputBySelfTest {
  private static final int PEER_TIMEOUT_MILLIS = 10_000;

  @Override
  protected List<BootstrapFactory<Bootstrap>> newFactories() {
    return SuiteBootstraps.clientsOfKernel();
  }

  @Override
  protected SocketAddress newSocketAddress() {
    return KernelLink.kernelAddress();
  }

  /** Rewritten: Netty has disabled its own, which reads two bytes from an array of one. */
  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  @Override
  public void testWriteAfterShutdownOutputNoWritabilityChange(TestInfo testInfo) throws Throwable {
    run(testInfo, this::testWriteAfterShutdownOutputNoWritabilityChange);
  }

  @Override
  public void testWriteAfterShutdownOutputNoWritabilityChange(Bootstrap bootstrap)
      throws Throwable {
    Queue<Boolean> writability = new ConcurrentLinkedQueue<>();
    bootstrap
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(2, 4))
        .handler(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelWritabilityChanged(ChannelHandlerContext context) {
                writability.add(context.channel().isWritable());
              }
            });
    try (ServerSocket server = new ServerSocket()) {
      server.bind(newSocketAddress());
      SocketChannel channel =
          (SocketChannel) bootstrap.connect(server.getLocalSocketAddress()).sync().channel();
      try (Socket peer = server.accept()) {
        peer.setSoTimeout(PEER_TIMEOUT_MILLIS);
        byte[] data = {1, 2, 3, 4, 5, 6};
        channel.writeAndFlush(channel.alloc().buffer().writeBytes(data)).sync();
        assertArrayEquals(data, peer.getInputStream().readNBytes(data.length));
        channel.eventLoop().submit(writability::clear).sync();

        channel.shutdownOutput().sync();
        assertEquals(-1, peer.getInputStream().read());
        assertTrue(channel.isOutputShutdown());
        assertFalse(channel.isInputShutdown());
        ChannelFuture late = channel.writeAndFlush(channel.alloc().buffer().writeBytes(data));
        assertInstanceOf(ClosedChannelException.class, late.await().cause());
        assertEquals(0, channel.eventLoop().submit(writability::size).get());
      } finally {
        channel.close().sync();
      }
    }
  }
}
