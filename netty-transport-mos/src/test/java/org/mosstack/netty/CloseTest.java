package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.CharsetUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing: half-closes, linger, resets, and whatever a handler does meanwhile. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CloseTest {
  private Net net;
  private final Recorder server = new Recorder();
  private final Recorder client = new Recorder();
  private final AtomicInteger received = new AtomicInteger();

  @BeforeEach
  void start() {
    net = Net.wire(1, 1);
  }

  @AfterEach
  void stop() {
    Quiescence.awaitNoConnections(net.serverGroup);
    Quiescence.awaitNoConnections(net.clientGroup);
    net.close();
  }

  private void connect(boolean halfClosure) {
    connect(halfClosure, client);
  }

  private void connect(boolean halfClosure, Recorder clientHandler) {
    connect(halfClosure, clientHandler, true);
  }

  private void connect(boolean halfClosure, Recorder clientHandler, boolean serverReads) {
    ChannelFuture bound =
        net.server(channel -> channel.pipeline().addLast(server))
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
            .childOption(ChannelOption.AUTO_READ, serverReads)
            .bind(net.address(0));
    InetSocketAddress address = (InetSocketAddress) Net.get(bound, "bind").channel().localAddress();
    Net.get(
        net.client(channel -> channel.pipeline().addLast(clientHandler))
            .option(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
            .connect(address),
        "connect");
    server.expect("active");
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, CharsetUtil.US_ASCII);
  }

  @Test
  void halfClosedByTheClient() {
    connect(true);
    client.expect("active");
    client.channel.writeAndFlush(text("request"));
    Net.get(client.channel.shutdownOutput(), "shutdownOutput");
    assertTrue(client.channel.isOutputShutdown());
    assertFalse(client.channel.isInputShutdown());
    client.expect("ChannelOutputShutdownEvent");
    server.expect("read request");
    server.expect("ChannelInputShutdownEvent");
    server.expect("ChannelInputShutdownReadComplete");
    assertTrue(server.channel.isInputShutdown());
    assertTrue(server.channel.isActive());
    Net.get(server.channel.writeAndFlush(text("response")), "write");
    client.expect("read response");
    Net.get(server.channel.close(), "close");
    client.expect("ChannelInputShutdownEvent");
    client.expect("ChannelInputShutdownReadComplete");
    server.expect("inactive");
    assertTrue(client.channel.isShutdown());
    assertTrue(client.channel.isActive(), "half-closed on both sides isn't closed");
    Net.get(client.channel.close(), "close");
    client.expect("inactive");
  }

  @Test
  void halfClosedByTheServer() {
    connect(true);
    client.expect("active");
    Net.get(server.channel.shutdownOutput(), "shutdownOutput");
    server.expect("ChannelOutputShutdownEvent");
    client.expect("ChannelInputShutdownEvent");
    client.expect("ChannelInputShutdownReadComplete");
    Net.get(client.channel.writeAndFlush(text("still here")), "write");
    server.expect("read still here");
    assertInstanceOf(
        ClosedChannelException.class,
        Net.await(server.channel.writeAndFlush(text("too late")), "write").cause());
    Net.get(client.channel.close(), "close");
    server.expect("ChannelInputShutdownEvent");
    server.expect("ChannelInputShutdownReadComplete");
    Net.get(server.channel.close(), "close");
  }

  @Test
  void shutdownOfBothHalves() {
    connect(true);
    client.expect("active");
    Net.get(client.channel.shutdown(), "shutdown");
    assertTrue(client.channel.isShutdown());
    client.expect("ChannelOutputShutdownEvent");
    client.expect("ChannelInputShutdownReadComplete");
    server.expect("ChannelInputShutdownEvent");
    server.expect("ChannelInputShutdownReadComplete");
    Net.get(client.channel.close(), "close");
    Net.get(server.channel.close(), "close");
  }

  @Test
  void closedByThePeer() {
    connect(false);
    client.expect("active");
    client.channel.writeAndFlush(text("last words"));
    Net.get(client.channel.close(), "close");
    server.expect("read last words");
    server.expect("inactive");
    client.expect("inactive");
    assertFalse(server.channel.isOpen());
  }

  @Test
  void lingerZeroResets() {
    connect(false);
    client.expect("active");
    client.channel.config().setSoLinger(0);
    Net.get(client.channel.close(), "close");
    client.expect("inactive");
    server.expect("SocketException: Connection reset by peer");
    server.expect("inactive");
  }

  @Test
  void resetWithHalfClosure() {
    connect(true);
    client.channel.config().setSoLinger(0);
    Net.get(client.channel.close(), "close");
    server.expect("SocketException: Connection reset by peer");
    server.expect("ChannelInputShutdownEvent");
    server.expect("ChannelInputShutdownReadComplete");
    assertTrue(server.channel.isActive(), "its user closes it, as with epoll");
    Net.get(server.channel.close(), "close");
    server.expect("inactive");
  }

  @Test
  void resetFailsWhatIsUnwritten() {
    connect(false, client, false);
    client.expect("active");
    ChannelFuture unwritten =
        client.channel.writeAndFlush(Unpooled.directBuffer().writeZero(10 << 20));
    server.channel.config().setSoLinger(0);
    Net.get(server.channel.close(), "close");
    Net.await(unwritten, "write");
    assertInstanceOf(SocketException.class, unwritten.cause());
    assertEquals("Connection reset by peer", unwritten.cause().getMessage());
    client.expect("inactive"); // the write has revealed it
  }

  @Test
  void lingerWaitsForTheData() {
    connect(false, client, false);
    server.channel.pipeline().addFirst(new Discard(received));
    client.expect("active");
    client.channel.config().setSoLinger(60);
    // Fits into both buffers, but isn't acknowledged until the server reads.
    Net.get(client.channel.writeAndFlush(Unpooled.directBuffer().writeZero(100_000)), "write");
    ChannelFuture close = client.channel.close();
    Net.get(client.channel.eventLoop().submit(() -> {}), "loop goes on");
    assertFalse(close.isDone());
    assertTrue(client.channel.isOpen());
    server.channel.config().setAutoRead(true);
    Net.get(close, "lingering close");
    client.expect("inactive");
    server.expect("inactive");
  }

  @Test
  void lingerEnds() {
    connect(false, client, false);
    server.channel.pipeline().addFirst(new Discard(received));
    client.expect("active");
    client.channel.config().setSoLinger(1);
    Net.get(client.channel.writeAndFlush(Unpooled.directBuffer().writeZero(100_000)), "write");
    Net.get(client.channel.close(), "close after a second");
    assertFalse(client.channel.isOpen());
    client.expect("inactive");
    // TCP continues in the background.
    server.channel.config().setAutoRead(true);
    server.expect("inactive");
  }

  @Test
  void writtenDataArrivesAfterTheClose() {
    connect(false);
    int size = 50_000;
    server.channel.pipeline().addFirst(new Discard(received));
    client.channel.writeAndFlush(Unpooled.directBuffer().writeZero(size));
    Net.get(client.channel.close(), "close");
    server.expect("inactive");
    assertEquals(size, received.get());
  }

  @Test
  void closeInsideChannelRead() {
    connect(false);
    client.expect("active");
    server.channel.pipeline().addFirst(new CloseOnRead());
    client.channel.writeAndFlush(text("close now"));
    server.expect("inactive");
    client.expect("inactive");
  }

  @Test
  void writeInChannelActive() {
    connect(
        false,
        new Recorder() {
          @Override
          public void channelActive(ChannelHandlerContext ctx) {
            ctx.writeAndFlush(text("hello")).addListener(ChannelFutureListener.CLOSE);
          }
        });
    server.expect("read hello");
    server.expect("inactive");
  }

  @Test
  void closeWhenUnwritable() {
    Recorder closing =
        new Recorder() {
          @Override
          public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            ctx.close(); // during the write, and again during the flush
          }
        };
    connect(false, closing);
    server.channel.pipeline().addFirst(new Discard(received));
    closing.channel.writeAndFlush(Unpooled.directBuffer().writeZero(200_000));
    closing.expect("active");
    closing.expect("inactive");
    server.expect("inactive");
  }

  @Test
  void exceptionsInHandlersLeaveTheChannelUsable() {
    connect(false);
    client.expect("active");
    server.channel.pipeline().addFirst(new ThrowOnce());
    client.channel.writeAndFlush(text("first"));
    server.expect("IllegalStateException: thrown by the test");
    client.channel.writeAndFlush(text("second"));
    server.expect("read second");
    Net.get(client.channel.close(), "close");
    server.expect("inactive");
  }

  @Test
  void closedWithDataUnreadResets() {
    connect(false, client, false);
    client.expect("active");
    client.channel.writeAndFlush(text("unread"));
    // In the receive buffer once the client's write is acknowledged; the server reads before close.
    awaitAvailable(6);
    Net.get(server.channel.close(), "close");
    client.expect("SocketException: Connection reset by peer");
    client.expect("inactive");
  }

  private void awaitAvailable(int bytes) {
    Promise<Void> there = server.channel.eventLoop().newPromise();
    Runnable check =
        new Runnable() {
          @Override
          public void run() {
            if (server.channel.connection().available() >= bytes) {
              there.setSuccess(null);
            } else {
              server.channel.eventLoop().execute(this);
            }
          }
        };
    server.channel.eventLoop().execute(check);
    Net.get(there, "data");
  }

  @Test
  void serverCloseResetsWhatNobodyAccepted() {
    ChannelFuture bound =
        net.server(channel -> channel.pipeline().addLast(server))
            .option(ChannelOption.AUTO_READ, false)
            .bind(net.address(0));
    Channel listening = Net.get(bound, "bind").channel();
    net.connect(
        (InetSocketAddress) listening.localAddress(),
        channel -> channel.pipeline().addLast(client));
    client.expect("active");
    Net.get(listening.close(), "close");
    client.expect("SocketException: Connection reset by peer");
    client.expect("inactive");
  }

  /** Releases what arrives, and counts it. */
  private static final class Discard extends SimpleChannelInboundHandler<ByteBuf> {
    private final AtomicInteger bytes;

    Discard(AtomicInteger bytes) {
      this.bytes = bytes;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      bytes.addAndGet(msg.readableBytes());
    }
  }

  private static final class CloseOnRead extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      ctx.close();
    }
  }

  private static final class ThrowOnce extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ReferenceCountUtil.release(msg);
      ctx.pipeline().remove(this);
      throw new IllegalStateException("thrown by the test");
    }
  }
}
