package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.CharsetUtil;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.MosStack;
import org.mosstack.StackLease;

/** Channels with a kernel's socket in reserve, on the loops of that socket's transport. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class KernelChoiceTest {
  private static final InetSocketAddress LOOPBACK = new InetSocketAddress("127.0.0.1", 0);

  /** Whose sockets and loops. */
  private enum Kernel {
    NIO(NioIoHandler::newFactory, NioSocketChannel::new, NioServerSocketChannel::new),
    EPOLL(EpollIoHandler::newFactory, EpollSocketChannel::new, EpollServerSocketChannel::new);

    final Supplier<IoHandlerFactory> loops;
    final Supplier<SocketChannel> socket;
    final Supplier<ServerSocketChannel> server;

    Kernel(
        Supplier<IoHandlerFactory> loops,
        Supplier<SocketChannel> socket,
        Supplier<ServerSocketChannel> server) {
      this.loops = loops;
      this.socket = socket;
      this.server = server;
    }
  }

  static {
    Epoll.ensureAvailability(); // its sockets are made before its loops here and there
  }

  private final StackLease lease = StackLease.take();
  private final MosStack stack = lease.stack();
  private final Recorder recorder = new Recorder();

  /** What servers have accepted. */
  private final BlockingQueue<Channel> accepted = new ArrayBlockingQueue<>(10);

  private EventLoopGroup group;
  private SocketChannel socket;

  @AfterEach
  void end() {
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
    lease.close();
    assertFalse(stack.core(0).execute(() -> {}), "the stack goes on");
  }

  private void use(Kernel kernel) {
    group = new MultiThreadIoEventLoopGroup(2, kernel.loops.get());
    socket = kernel.socket.get();
  }

  private Bootstrap client(Predicate<InetSocketAddress> onStack) {
    return new Bootstrap()
        .group(group)
        .channelFactory(() -> new MosSocketChannel(stack, socket, onStack))
        .handler(recorder);
  }

  private ChannelFuture bind(
      Kernel kernel, SocketAddress address, Predicate<InetSocketAddress> onStack) {
    return new ServerBootstrap()
        .group(group)
        .channelFactory(() -> new MosServerSocketChannel(stack, kernel.server.get(), onStack))
        .option(ChannelOption.SO_BACKLOG, 5)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                accepted.add(channel);
                channel.pipeline().addLast(new Echo());
              }
            })
        .bind(address);
  }

  private InetSocketAddress serve(
      Kernel kernel, SocketAddress address, Predicate<InetSocketAddress> onStack) {
    Channel server = Net.get(bind(kernel, address, onStack), "bind").channel();
    assertTrue(server.isActive());
    return (InetSocketAddress) server.localAddress();
  }

  /** Returns when the kernel lets somebody else listen; NIO's selector has a last look first. */
  private static void awaitFree(SocketAddress address) throws IOException {
    while (true) {
      try (ServerSocket next = new ServerSocket()) {
        next.bind(address);
        return;
      } catch (BindException _) {
        Thread.onSpinWait(); // until the test's timeout
      }
    }
  }

  /** Returns when a loop has seen all that had happened in the kernel before. */
  private static void awaitLook(Kernel kernel, EventLoop loop) throws Exception {
    BlockingQueue<Channel> later = new ArrayBlockingQueue<>(1);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channelFactory(kernel.server::get)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    later.add(channel);
                  }
                });
    Channel server = Net.get(bootstrap.bind(LOOPBACK), "bind").channel();
    InetSocketAddress address = (InetSocketAddress) server.localAddress();
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      assertTrue(socket.isConnected());
      Net.get(later.take().close(), "close");
    }
    Net.get(server.close(), "close"); // in a later turn: all of that one has been handled
  }

  private static InetSocketAddress loopback(InetSocketAddress server) {
    return new InetSocketAddress("127.0.0.1", server.getPort());
  }

  private void exchange(Channel channel) throws InterruptedException {
    recorder.expect("active");
    channel.writeAndFlush(Unpooled.copiedBuffer("x", CharsetUtil.US_ASCII));
    recorder.expect("read x");
    assertNotNull(channel.localAddress());
  }

  @ChannelHandler.Sharable
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ctx.writeAndFlush(msg);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionOfTheStacks(Kernel kernel) throws Exception {
    use(kernel);
    InetSocketAddress server = serve(kernel, LOOPBACK, _ -> true);
    Channel channel = Net.get(client(server::equals).connect(server), "connect").channel();
    exchange(channel);
    assertInstanceOf(StackSide.class, ((MosSocketChannel) channel).side());
    assertFalse(socket.isOpen(), "nobody closed the socket in reserve");
    assertInstanceOf(MosSocketChannel.class, accepted.take());
    assertEquals(2, stack.flows());
    Net.get(channel.close(), "close");
  }

  /** From a local address that the kernel alone has. */
  @ParameterizedTest
  @EnumSource
  void aConnectionOfTheKernels(Kernel kernel) throws Exception {
    use(kernel);
    InetSocketAddress server = serve(kernel, LOOPBACK, _ -> false);
    Channel channel = Net.get(client(_ -> false).connect(server, LOOPBACK), "connect").channel();
    exchange(channel);
    assertSame(socket, ((MosSocketChannel) channel));
    assertInstanceOf(kernel.socket.get().getClass(), accepted.take());
    assertEquals(0, stack.flows());
    Net.get(channel.close(), "close");
    recorder.expect("inactive");
    assertFalse(socket.isOpen());
  }

  private static void assertSame(SocketChannel socket, MosSocketChannel channel) {
    assertEquals(socket.localAddress(), channel.localAddress());
    assertEquals(socket.remoteAddress(), channel.remoteAddress());
  }

  /** All addresses are those of the stack and those of the machine. */
  @ParameterizedTest
  @EnumSource
  void aWildcardIsServedByBoth(Kernel kernel) throws Exception {
    use(kernel);
    InetSocketAddress server = serve(kernel, new InetSocketAddress(0), _ -> true);
    Channel near = Net.get(client(_ -> true).connect(loopback(server)), "connect").channel();
    exchange(near);
    assertInstanceOf(MosSocketChannel.class, accepted.take());
    try (Socket far = new Socket("127.0.0.1", server.getPort())) {
      far.getOutputStream().write('y');
      assertEquals('y', far.getInputStream().read());
    }
    assertInstanceOf(kernel.socket.get().getClass(), accepted.take());
    Net.get(near.close(), "close");
  }

  @ParameterizedTest
  @EnumSource
  void aServersEndIsThatOfBoth(Kernel kernel) throws Exception {
    use(kernel);
    Channel server = Net.get(bind(kernel, LOOPBACK, _ -> true), "bind").channel();
    InetSocketAddress address = (InetSocketAddress) server.localAddress();
    Net.get(server.close(), "close");
    awaitFree(address);
    Throwable cause = Net.await(client(_ -> true).connect(address), "connect").cause();
    assertTrue(cause.getMessage().startsWith("Connection refused"), cause.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aPortThatTheKernelHasGivenAwayIsTaken(Kernel kernel) throws IOException {
    use(kernel);
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(LOOPBACK);
      ChannelFuture bind =
          Net.await(bind(kernel, taken.getLocalSocketAddress(), _ -> true), "bind");
      assertTrue(bind.cause().getMessage().contains("Address already in use"));
      assertInstanceOf(IOException.class, bind.cause());
      assertFalse(bind.channel().isActive());
    }
  }

  /** The stack's side fails after the kernel's has been bound. */
  @ParameterizedTest
  @EnumSource
  void aPortThatTheStackHasGivenAwayIsTaken(Kernel kernel) throws IOException {
    use(kernel);
    Bootstrap stacks = new Bootstrap().group(group).handler(recorder);
    Channel taken =
        Net.get(
                stacks.channelFactory(() -> new MosServerSocketChannel(stack)).bind(LOOPBACK),
                "bind")
            .channel();
    ChannelFuture bind = Net.await(bind(kernel, taken.localAddress(), _ -> true), "bind");
    assertInstanceOf(BindException.class, bind.cause());
    awaitFree(taken.localAddress()); // the kernel's socket is closed again
    Net.get(taken.close(), "close");
  }

  @ParameterizedTest
  @EnumSource
  void aChannelThatNeverConnectsLeavesNoSocket(Kernel kernel) {
    use(kernel);
    Channel channel = Net.get(client(_ -> true).register(), "register").channel();
    Net.get(channel.close(), "close");
    assertFalse(socket.isOpen());
  }

  /** The kernel's own options reach its socket; those that both know mean the same to the stack. */
  @ParameterizedTest
  @EnumSource
  void optionsAreThoseOfBoth(Kernel kernel) throws Exception {
    use(kernel);
    InetSocketAddress server = serve(kernel, LOOPBACK, _ -> true);
    ChannelOption<Integer> idle =
        kernel == Kernel.NIO
            ? NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE)
            : EpollChannelOption.TCP_KEEPIDLE;
    Channel channel = Net.get(client(_ -> true).register(), "register").channel();
    assertTrue(channel.config().setOption(idle, 77));
    assertEquals(77, channel.config().getOption(idle));
    assertEquals(77, socket.config().getOption(idle));
    if (kernel == Kernel.EPOLL) {
      assertTrue(channel.config().setOption(EpollChannelOption.SO_BUSY_POLL, 1));
      assertEquals(1, channel.config().getOption(EpollChannelOption.SO_BUSY_POLL));
    }
    Net.get(channel.connect(server), "connect");
    assertEquals(77, ((MosSocketChannel) channel).config().getTcpKeepIdle());
    Net.get(channel.close(), "close");
  }

  /** The socket in reserve is closed, and its descriptor may be anybody's. */
  @ParameterizedTest
  @EnumSource
  void optionsOfAConnectionOfTheStacksAreNotTheSockets(Kernel kernel) throws Exception {
    use(kernel);
    InetSocketAddress server = serve(kernel, LOOPBACK, _ -> true);
    Channel channel = Net.get(client(_ -> true).connect(server), "connect").channel();
    assertTrue(channel.config().setOption(ChannelOption.SO_KEEPALIVE, true));
    assertTrue(channel.config().getOption(ChannelOption.SO_KEEPALIVE));
    assertFalse(channel.config().setOption(EpollChannelOption.SO_BUSY_POLL, 1));
    assertNull(channel.config().getOption(EpollChannelOption.SO_BUSY_POLL));
    Net.get(channel.close(), "close");
  }

  /** From an address that nobody here has: the kernel says so within the call. */
  @ParameterizedTest
  @EnumSource
  void aConnectOfTheKernelsThatFailsAtOnce(Kernel kernel) {
    use(kernel);
    InetSocketAddress elsewhere = new InetSocketAddress("192.0.2.1", 0);
    ChannelFuture connect =
        Net.await(
            client(_ -> false).connect(new InetSocketAddress("127.0.0.1", 9), elsewhere), "c");
    assertInstanceOf(IOException.class, connect.cause());
    Net.await(connect.channel().closeFuture(), "the channel's end");
    assertFalse(socket.isOpen());
  }

  /** By setters, which don't go through {@code setOption}. */
  @ParameterizedTest
  @EnumSource
  void whatSettersHaveSetReachesTheSocket(Kernel kernel) throws Exception {
    use(kernel);
    InetSocketAddress server = serve(kernel, LOOPBACK, _ -> false);
    Channel channel = Net.get(client(_ -> false).register(), "register").channel();
    ((MosSocketChannel) channel).config().setTcpNoDelay(false).setTcpKeepIdle(55);
    Net.get(channel.connect(server), "connect");
    assertFalse(socket.config().isTcpNoDelay());
    ((MosSocketChannel) channel).config().setTcpNoDelay(true);
    Net.get(channel.eventLoop().submit(() -> {}), "the change's turn");
    assertTrue(socket.config().isTcpNoDelay());
    Net.get(channel.close(), "close");
  }

  /** What the kernel has by default stays: only what somebody has set is the socket's, too. */
  @ParameterizedTest
  @EnumSource
  void laterChangesPassOnNothingElse(Kernel kernel) throws Exception {
    use(kernel);
    InetSocketAddress server = serve(kernel, LOOPBACK, _ -> false);
    Channel channel = Net.get(client(_ -> false).connect(server), "connect").channel();
    ChannelOption<Integer> idle =
        kernel == Kernel.NIO
            ? NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE)
            : EpollChannelOption.TCP_KEEPIDLE;
    socket.config().setOption(idle, 99); // as if it were the kernel's default
    ((MosSocketChannel) channel).config().setKeepAlive(true);
    Net.get(channel.eventLoop().submit(() -> {}), "the change's turn");
    assertTrue(socket.config().isKeepAlive());
    assertEquals(99, socket.config().getOption(idle));
    Net.get(channel.close(), "close");
  }

  @ParameterizedTest
  @EnumSource
  void aFailedBindCanBeTriedAgain(Kernel kernel) throws Exception {
    use(kernel);
    MosServerSocketChannel server =
        new MosServerSocketChannel(stack, kernel.server.get(), _ -> true);
    Net.get(group.register(server), "register");
    SocketAddress address;
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(LOOPBACK);
      address = taken.getLocalSocketAddress();
      ChannelFuture bind = Net.await(server.bind(address), "bind");
      assertTrue(bind.cause().getMessage().contains("already in use"));
      assertTrue(server.isOpen());
    }
    awaitFree(address);
    Net.get(server.bind(address), "bind");
    assertTrue(server.isActive());
    Net.get(server.close(), "close");
  }

  /** The loop has no place for a kernel's channel of this kind. */
  @ParameterizedTest
  @EnumSource
  void aSocketThatTheLoopRefusesIsClosed(Kernel kernel) {
    use(kernel);
    socket = (kernel == Kernel.NIO ? Kernel.EPOLL : Kernel.NIO).socket.get();
    ChannelFuture connect =
        Net.await(client(_ -> false).connect(new InetSocketAddress("127.0.0.1", 9)), "connect");
    assertTrue(connect.cause().getMessage().contains(socket.getClass().getName()));
    assertFalse(socket.isOpen());
    ServerSocketChannel server = (kernel == Kernel.NIO ? Kernel.EPOLL : Kernel.NIO).server.get();
    MosServerSocketChannel refused = new MosServerSocketChannel(stack, server, _ -> false);
    Net.get(group.register(refused), "register");
    assertInstanceOf(IOException.class, Net.await(refused.bind(LOOPBACK), "bind").cause());
    assertFalse(server.isOpen());
    Net.get(refused.close(), "close");
  }

  /** The loop's end closes what is registered with it, connected and bound or not. */
  @ParameterizedTest
  @EnumSource
  void theLoopsEndClosesItsChannels(Kernel kernel) throws Exception {
    use(kernel);
    Channel server = Net.get(bind(kernel, LOOPBACK, _ -> true), "bind").channel();
    InetSocketAddress address = (InetSocketAddress) server.localAddress();
    Channel waiting = Net.get(client(_ -> true).register(), "register").channel();
    SocketChannel reserved = socket;
    socket = kernel.socket.get();
    Channel connected =
        Net.get(
                client(_ -> true).handler(new ChannelInboundHandlerAdapter()).connect(address),
                "connect")
            .channel();
    Channel child = accepted.take();
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
    for (Channel channel : List.of(server, waiting, connected, child)) {
      Net.get(channel.closeFuture(), "a channel's end");
    }
    assertFalse(reserved.isOpen(), "nobody closed the socket in reserve");
    awaitFree(address);
    Quiescence.awaitNoConnections(stack);
    group = new MultiThreadIoEventLoopGroup(1, kernel.loops.get());
    Channel next =
        Net.get(
                new Bootstrap()
                    .group(group)
                    .channelFactory(() -> new MosServerSocketChannel(stack))
                    .handler(new ChannelInboundHandlerAdapter())
                    .bind(address),
                "bind")
            .channel();
    Net.get(next.close(), "close");
  }

  /** One read is for one connection, whichever side has it. */
  @ParameterizedTest
  @EnumSource
  void oneReadIsOneConnection(Kernel kernel) throws Exception {
    use(kernel);
    ChannelFuture bind =
        new ServerBootstrap()
            .group(group)
            .channelFactory(() -> new MosServerSocketChannel(stack, kernel.server.get(), _ -> true))
            .option(ChannelOption.AUTO_READ, false)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.add(channel);
                  }
                })
            .bind(new InetSocketAddress(0));
    Channel server = Net.get(bind, "bind").channel();
    InetSocketAddress address = loopback((InetSocketAddress) server.localAddress());
    server.read();
    Channel near = Net.get(client(_ -> true).connect(address), "connect").channel();
    assertInstanceOf(MosSocketChannel.class, accepted.take());
    try (Socket far = new Socket("127.0.0.1", address.getPort())) {
      assertTrue(far.isConnected());
      awaitLook(kernel, server.eventLoop());
      assertNull(accepted.poll(), "nobody has asked for another one");
      server.read();
      assertInstanceOf(kernel.socket.get().getClass(), accepted.take());
      Net.get(server.deregister(), "deregister");
      Net.get(near.close(), "close");
    }
    Net.get(server.close(), "close");
  }
}
