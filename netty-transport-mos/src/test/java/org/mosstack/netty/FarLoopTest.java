package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.MosStack;

/** Channels on loops that don't drive their connection's core. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FarLoopTest {
  private static final int CONNECTIONS = 40;
  private static final int BYTES = 300_000;

  /** Other loops, beside those of the stack's own group. */
  enum Loops {
    NIO(() -> new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory())),
    TASKS(DefaultEventLoop::new);

    private final Supplier<EventLoopGroup> group;

    Loops(Supplier<EventLoopGroup> group) {
      this.group = group;
    }
  }

  private final MosStack stack = Net.loopbackStack(2);
  private final MosEventLoopGroup own = new MosEventLoopGroup(stack);
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, false);
  private final List<EventLoopGroup> others = new ArrayList<>();

  private EventLoopGroup other(Loops loops) {
    EventLoopGroup group = loops.group.get();
    others.add(group);
    return group;
  }

  @AfterEach
  void nothingIsLeft() {
    Quiescence.awaitNoConnections(stack);
    Quiescence.awaitNoBuffers(stack);
    for (EventLoopGroup group : others) {
      Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "other group's end");
    }
    Net.get(own.shutdownGracefully(0, 5, TimeUnit.SECONDS), "own group's end");
    assertEquals(0, allocator.metric().usedDirectMemory(), "direct buffers not released");
    assertEquals(0, allocator.metric().usedHeapMemory(), "heap buffers not released");
  }

  private Channel listen(
      EventLoopGroup boss, EventLoopGroup workers, Supplier<ChannelHandler> child) {
    return Net.get(
            new ServerBootstrap()
                .group(boss, workers)
                .channelFactory(() -> new MosServerSocketChannel(stack))
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childHandler(
                    new ChannelInitializer<>() {
                      @Override
                      protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(child.get());
                      }
                    })
                .bind("127.0.0.1", 0),
            "bind")
        .channel();
  }

  private Bootstrap client(EventLoopGroup group, ChannelHandler handler) {
    return new Bootstrap()
        .group(group)
        .channelFactory(() -> new MosSocketChannel(stack))
        .option(ChannelOption.ALLOCATOR, allocator)
        .handler(handler);
  }

  private Channel connect(EventLoopGroup group, Channel server, ChannelHandler handler) {
    return Net.get(client(group, handler).connect(server.localAddress()), "connect").channel();
  }

  /** Sends back what it receives, and stops reading while that can't be written. */
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      assertTrue(ctx.channel().eventLoop().inEventLoop());
      ctx.write(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }
  }

  /** Sends numbered bytes in pieces of all sizes, and checks what comes back. */
  private static final class Checker extends SimpleChannelInboundHandler<ByteBuf> {
    private final Promise<Integer> done = ImmediateEventExecutor.INSTANCE.newPromise();
    private int sent;
    private int received;

    private void send(ChannelHandlerContext ctx) {
      while (sent < BYTES && ctx.channel().isWritable()) {
        int length = Math.min(BYTES - sent, 1 + sent * 7 % 5000);
        ByteBuf piece =
            sent % 2 == 0 ? ctx.alloc().directBuffer(length) : ctx.alloc().heapBuffer(length);
        for (int i = 0; i < length; i++) {
          piece.writeByte((sent + i) * 31 >> 3);
        }
        sent += length;
        ctx.writeAndFlush(piece);
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      send(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      send(ctx);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      while (msg.isReadable()) {
        if (msg.readByte() != (byte) (received * 31 >> 3)) {
          done.tryFailure(new AssertionError("wrong byte " + received));
        }
        received++;
      }
      if (received == BYTES) {
        done.trySuccess(received);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      done.tryFailure(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      done.tryFailure(new AssertionError("closed after " + received));
    }
  }

  private void exchange(EventLoopGroup clients, Channel server) {
    List<Channel> channels = new ArrayList<>();
    List<Checker> checkers = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      Checker checker = new Checker();
      checkers.add(checker);
      channels.add(connect(clients, server, checker));
    }
    checkers.forEach(checker -> Net.get(checker.done, "echo"));
    channels.forEach(channel -> Net.get(channel.close(), "close"));
  }

  @ParameterizedTest
  @EnumSource
  void serversAfar(Loops loops) {
    EventLoopGroup other = other(loops);
    exchange(own, listen(own, other, Echo::new));
  }

  @ParameterizedTest
  @EnumSource
  void clientsAfar(Loops loops) {
    EventLoopGroup other = other(loops);
    exchange(other, listen(own, own, Echo::new));
  }

  @ParameterizedTest
  @EnumSource
  void allAfar(Loops loops) {
    EventLoopGroup other = other(loops);
    exchange(other, listen(other, other, Echo::new));
  }

  /** Each channel goes round all loops, its own and others, while data goes on. */
  @Test
  void channelsGoFromLoopToLoop() {
    EventLoopGroup nio = other(Loops.NIO);
    EventLoopGroup tasks = other(Loops.TASKS);
    Channel server = listen(own, own, Echo::new);
    Checker checker = new Checker();
    Channel client = connect(own, server, checker);
    for (int round = 0; round < 20; round++) {
      for (EventLoopGroup group : List.of(nio, own, tasks, nio)) {
        EventLoop loop = group.next();
        Net.get(client.deregister(), "deregister");
        Net.get(loop.register(client), "register");
        assertSame(loop, client.eventLoop());
      }
    }
    Net.get(checker.done, "echo");
    Net.get(client.close(), "close");
  }

  /** Nobody reads: what is on its way is bounded, and the sender has to wait. */
  @Test
  void aReaderThatStopsHoldsUpTheSender() {
    EventLoopGroup nio = other(Loops.NIO);
    Promise<Channel> accepted = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel server =
        listen(
            own,
            nio,
            () ->
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelActive(ChannelHandlerContext ctx) {
                    ctx.channel().config().setAutoRead(false);
                    accepted.setSuccess(ctx.channel());
                  }
                });
    Channel client = connect(own, server, new ChannelInboundHandlerAdapter());
    ChannelFuture write = client.writeAndFlush(allocator.directBuffer(4 << 20).writeZero(4 << 20));
    Channel slow = Net.get(accepted, "accept").getNow();
    Net.get(slow.eventLoop().schedule(() -> {}, 300, TimeUnit.MILLISECONDS), "a while");
    assertFalse(write.isDone());
    int onTheWay = allocator.metric().usedDirectMemory() > 0 ? buffered(slow) : 0;
    assertTrue(onTheWay <= CoreEnd.WINDOW_BYTES, onTheWay + " bytes");
    slow.config().setAutoRead(true);
    Net.get(write, "write");
    Net.get(client.close(), "close");
    Net.get(slow.closeFuture(), "the other end's close");
  }

  private static int buffered(Channel channel) {
    return Net.get(
            channel.eventLoop().submit(() -> ((MosSocketChannel) channel).connection().available()),
            "available")
        .getNow();
  }

  @Test
  void refusedConnects() {
    EventLoopGroup nio = other(Loops.NIO);
    ChannelFuture refused =
        Net.await(
            client(nio, new ChannelInboundHandlerAdapter()).connect("127.0.0.1", 9), "connect");
    assertInstanceOf(ConnectException.class, refused.cause());
    Net.get(refused.channel().closeFuture(), "close");
    ChannelFuture unreachable =
        Net.await(
            client(nio, new ChannelInboundHandlerAdapter()).connect("10.9.9.9", 9), "connect");
    assertInstanceOf(SocketException.class, unreachable.cause());
    Net.get(unreachable.channel().closeFuture(), "close");
  }

  /** What was written before a close arrives, then the end of the stream. */
  @Test
  void aCloseComesAfterWhatWasWritten() {
    EventLoopGroup nio = other(Loops.NIO);
    Promise<Integer> received = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel server = listen(own, nio, () -> new Counting(received));
    Channel client = connect(nio, server, new ChannelInboundHandlerAdapter());
    client.write(allocator.heapBuffer(200_000).writeZero(200_000));
    client.flush();
    Net.get(client.writeAndFlush(allocator.directBuffer(5).writeZero(5)), "write");
    Net.get(client.close(), "close");
    assertEquals(200_005, Net.get(received, "bytes").getNow());
  }

  /** A close with unread data resets the connection, wherever the data is. */
  @Test
  void aCloseWithUnreadDataResets() throws InterruptedException {
    EventLoopGroup nio = other(Loops.NIO);
    CountDownLatch arrived = new CountDownLatch(1);
    Promise<Channel> accepted = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel server =
        listen(
            own,
            nio,
            () ->
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelActive(ChannelHandlerContext ctx) {
                    ctx.channel().config().setAutoRead(false);
                    accepted.setSuccess(ctx.channel());
                    ctx.channel()
                        .eventLoop()
                        .scheduleAtFixedRate(
                            () -> {
                              if (((MosSocketChannel) ctx.channel()).connection().available() > 0) {
                                arrived.countDown();
                              }
                            },
                            0,
                            1,
                            TimeUnit.MILLISECONDS);
                  }
                });
    Promise<Throwable> seen = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel client =
        connect(
            own,
            server,
            new ChannelInboundHandlerAdapter() {
              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                seen.trySuccess(cause);
                ctx.close();
              }
            });
    Net.get(client.writeAndFlush(allocator.directBuffer().writeZero(100)), "write");
    assertTrue(arrived.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    Net.get(Net.get(accepted, "accept").getNow().close(), "close");
    assertEquals("Connection reset by peer", Net.get(seen, "reset").getNow().getMessage());
    Net.get(client.closeFuture(), "the client's close");
  }

  /** Without memory for what arrives, a connection is reset, and the others go on. */
  @Test
  void anAllocatorThatFailsResetsOnlyItsConnection() {
    EventLoopGroup nio = other(Loops.NIO);
    Channel server = listen(own, own, Echo::new);
    ByteBufAllocator failing =
        (ByteBufAllocator)
            Proxy.newProxyInstance(
                ByteBufAllocator.class.getClassLoader(),
                new Class<?>[] {ByteBufAllocator.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("ioBuffer") && arguments.length == 2) {
                    throw new OutOfMemoryError("thrown by the test");
                  }
                  return method.invoke(allocator, arguments);
                });
    Promise<Void> ended = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel victim =
        Net.get(
                client(
                        nio,
                        new ChannelInboundHandlerAdapter() {
                          @Override
                          public void channelInactive(ChannelHandlerContext ctx) {
                            ended.setSuccess(null);
                          }

                          @Override
                          public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                            ctx.close();
                          }
                        })
                    .option(ChannelOption.ALLOCATOR, failing)
                    .connect(server.localAddress()),
                "connect")
            .channel();
    Net.get(victim.writeAndFlush(allocator.heapBuffer().writeZero(100)), "write");
    Net.get(ended, "the end");
    exchange(nio, server);
  }

  /** Its channels are closed, as those of its own transport are. */
  @Test
  void aLoopThatEndsClosesItsChannels() {
    EventLoopGroup nio = other(Loops.NIO);
    Channel server = listen(own, own, Echo::new);
    List<Channel> clients = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      clients.add(connect(nio, server, new ChannelInboundHandlerAdapter()));
    }
    Net.get(nio.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the loops' end");
    clients.forEach(client -> assertFalse(client.isOpen()));
  }

  /** Its connection was reset, which the channel learns on the next loop. */
  @Test
  void aChannelThatWasLeftBehindByItsLoop() {
    EventLoopGroup nio = other(Loops.NIO);
    Channel server = listen(own, own, Echo::new);
    Channel client = connect(nio, server, new ChannelInboundHandlerAdapter());
    Net.get(client.deregister(), "deregister");
    Net.get(nio.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the loops' end");
    EventLoop next = own.next();
    next.register(client);
    Net.get(client.closeFuture(), "close");
  }

  /** What was written before its loop ended arrives, and then the end of the stream. */
  @Test
  void whatWasWrittenIsSentAfterTheLoopsEnd() {
    EventLoopGroup nio = other(Loops.NIO);
    Promise<Integer> received = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel server = listen(own, own, () -> new Counting(received));
    Channel client = connect(nio, server, new ChannelInboundHandlerAdapter());
    Net.get(client.writeAndFlush(allocator.heapBuffer(60_000).writeZero(60_000)), "write");
    Net.get(nio.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the loops' end");
    assertEquals(60_000, Net.get(received, "bytes").getNow());
  }

  /** The stack ends: channels elsewhere are told. */
  @Test
  void aStackThatEndsResetsItsConnections() {
    MosStack passing = Net.loopbackStack(1);
    MosEventLoopGroup group = new MosEventLoopGroup(passing);
    EventLoopGroup nio = other(Loops.NIO);
    Channel server =
        Net.get(
                new ServerBootstrap()
                    .group(group)
                    .channel(MosServerSocketChannel.class)
                    .childHandler(new ChannelInboundHandlerAdapter())
                    .bind("127.0.0.1", 0),
                "bind")
            .channel();
    Promise<Throwable> seen = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel client =
        Net.get(
                new Bootstrap()
                    .group(nio)
                    .channelFactory(() -> new MosSocketChannel(passing))
                    .handler(
                        new ChannelInboundHandlerAdapter() {
                          @Override
                          public void channelInactive(ChannelHandlerContext ctx) {
                            seen.trySuccess(new Throwable("inactive"));
                          }
                        })
                    .connect(server.localAddress()),
                "connect")
            .channel();
    Net.get(group.shutdownGracefully(0, 1, TimeUnit.SECONDS), "the stack's end");
    Net.get(seen, "the end");
    Net.get(client.closeFuture(), "close");
    InetSocketAddress gone = (InetSocketAddress) server.localAddress();
    assertTrue(
        Net.await(
                    new Bootstrap()
                        .group(nio)
                        .channelFactory(() -> new MosSocketChannel(passing))
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(gone == null ? new InetSocketAddress("127.0.0.1", 7) : gone),
                    "connect")
                .cause()
            != null);
  }
}
