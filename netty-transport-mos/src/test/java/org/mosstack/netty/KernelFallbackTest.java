package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.CharsetUtil;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.MosStack;
import org.mosstack.config.ConfigException;

/** Connections of the shared stack's that the kernel has, to a server of the kernel's. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KernelFallbackTest {
  /** Whose loops the client's channels are on. */
  private enum Loops {
    SHARED,
    NIO
  }

  private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

  @TempDir private Path folder;

  private final EventLoopGroup nio = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final MosEventLoopGroup shared = new MosEventLoopGroup();
  private final MosStack stack = MosStack.shared();
  private final Recorder recorder = new Recorder();

  /** What the server has accepted. */
  private final BlockingQueue<Channel> accepted = new ArrayBlockingQueue<>(10);

  @BeforeEach
  void fallBack() {
    System.setProperty(KernelFallback.PROPERTY, "true");
  }

  @AfterEach
  void end() {
    System.clearProperty(KernelFallback.PROPERTY);
    stack.close();
    Net.get(shared.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
    Net.get(nio.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
    assertFalse(stack.core(0).execute(() -> {}), "the stack goes on");
  }

  private InetSocketAddress listen(
      EventLoopGroup group, Class<? extends ServerChannel> type, ChannelHandler handler) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(type)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.add(channel);
                    channel.pipeline().addLast(handler);
                  }
                });
    return (InetSocketAddress) Net.get(bootstrap.bind(ANY), "bind").channel().localAddress();
  }

  private InetSocketAddress kernelServer(ChannelHandler handler) {
    return listen(nio, NioServerSocketChannel.class, handler);
  }

  private Bootstrap client(Loops loops) {
    return new Bootstrap()
        .group(loops == Loops.SHARED ? shared : nio)
        .channelFactory(() -> new MosSocketChannel(loops == Loops.SHARED ? null : stack));
  }

  private SocketChannel connect(Loops loops, InetSocketAddress to, ChannelHandler handler) {
    return (SocketChannel) Net.get(client(loops).handler(handler).connect(to), "connect").channel();
  }

  private Channel server() throws InterruptedException {
    return accepted.poll(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, CharsetUtil.US_ASCII);
  }

  /** Sends back what it reads, each piece once it has been written. */
  @ChannelHandler.Sharable
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ctx.writeAndFlush(msg);
    }
  }

  /** Adds up what arrives. */
  private static final class Sum extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private final long bytes;
    private long read;

    Sum(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ByteBuf buffer = (ByteBuf) msg;
      while (buffer.isReadable()) {
        if (buffer.readByte() != (byte) read++) {
          complete.completeExceptionally(new AssertionError("byte " + read + " is another"));
        }
      }
      buffer.release();
      if (read >= bytes) {
        complete.complete(null);
      }
    }
  }

  private static ByteBuf numbers(int from, int bytes) {
    ByteBuf buffer = Unpooled.buffer(bytes);
    for (int i = 0; i < bytes; i++) {
      buffer.writeByte(from + i);
    }
    return buffer;
  }

  @ParameterizedTest
  @EnumSource
  void bytesGoThereAndBack(Loops loops) throws Exception {
    int pieces = 400;
    int size = 10_007;
    Sum sum = new Sum((long) pieces * size);
    Channel channel = connect(loops, kernelServer(new Echo()), sum);
    assertEquals(0, stack.flows());
    List<ChannelFuture> writes = new ArrayList<>();
    for (int i = 0; i < pieces; i++) {
      writes.add(channel.write(numbers(i * size, size)));
      if (i % 7 == 0) {
        channel.flush();
      }
    }
    channel.flush();
    sum.complete.get(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    writes.forEach(write -> Net.get(write, "a write"));
    Net.get(channel.close(), "close");
  }

  /** Each write follows from the one before, within the flush of that one. */
  @Test
  void whoHearsOfAWriteMayWriteTheNext() throws Exception {
    int count = 500;
    Sum sum = new Sum(count);
    Channel channel = connect(Loops.SHARED, kernelServer(new Echo()), sum);
    channel.eventLoop().execute(() -> writeNext(channel, 0, count));
    sum.complete.get(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  private static void writeNext(Channel channel, int number, int count) {
    if (number < count) {
      channel
          .writeAndFlush(numbers(number, 1))
          .addListener(_ -> writeNext(channel, number + 1, count));
    }
  }

  @Test
  void aFilesRegionGoesThere() throws Exception {
    Path file = Files.write(folder.resolve("file"), numbers(0, 300_000).array());
    Sum sum = new Sum(300_000);
    Channel channel = connect(Loops.SHARED, kernelServer(new Echo()), sum);
    Net.get(channel.writeAndFlush(new DefaultFileRegion(file.toFile(), 0, 300_000)), "a region");
    sum.complete.get(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void halvesEndOneByOne() throws Exception {
    InetSocketAddress address = kernelServer(new ChannelInboundHandlerAdapter());
    SocketChannel channel =
        (SocketChannel)
            Net.get(
                    client(Loops.SHARED)
                        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .handler(recorder)
                        .connect(address),
                    "connect")
                .channel();
    recorder.expect("active");
    SocketChannel server = (SocketChannel) server();
    Net.get(server.writeAndFlush(text("first")), "a write");
    recorder.expect("read first");
    Net.get(server.shutdownOutput(), "shutdown");
    recorder.expect("ChannelInputShutdownEvent");
    recorder.expect("ChannelInputShutdownReadComplete");
    assertTrue(channel.isInputShutdown());
    Net.get(channel.writeAndFlush(text("last")), "a write");
    Net.get(channel.shutdownOutput(), "shutdown");
    recorder.expect("ChannelOutputShutdownEvent");
    assertTrue(channel.isOutputShutdown());
    Net.get(server.close(), "close");
    Net.get(channel.close(), "close");
    recorder.expect("inactive");
  }

  @Test
  void nothingIsReadThatNobodyWants() throws Exception {
    InetSocketAddress address = kernelServer(new Echo());
    Channel channel =
        Net.get(
                client(Loops.SHARED)
                    .option(ChannelOption.AUTO_READ, false)
                    .handler(recorder)
                    .connect(address),
                "connect")
            .channel();
    recorder.expect("active");
    Channel server = server();
    channel.read();
    Net.get(channel.eventLoop().submit(() -> {}), "the read's turn");
    Net.get(server.writeAndFlush(text("a")), "a write");
    recorder.expect("read a");
    channel.read();
    channel.config().setAutoRead(true);
    channel.config().setAutoRead(false); // takes the read back
    Net.get(channel.eventLoop().submit(() -> {}), "the change's turn");
    Net.get(server.writeAndFlush(text("b")), "a write");
    // Another channel of this loop hears of what is sent later: the selector has looked since.
    Sum sum = new Sum(1);
    Channel other =
        Net.get(
                new Bootstrap()
                    .group(channel.eventLoop())
                    .channel(MosSocketChannel.class)
                    .handler(sum)
                    .connect(address),
                "connect")
            .channel();
    other.writeAndFlush(numbers(0, 1));
    sum.complete.get(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    recorder.record("the other has read");
    recorder.expect("the other has read");
    channel.read();
    recorder.expect("read b");
    Net.get(server.close(), "close");
    channel.config().setAutoRead(true);
    recorder.expect("inactive");
  }

  @Test
  void optionsAreTheSockets() {
    Channel channel = connect(Loops.SHARED, kernelServer(new Echo()), recorder);
    assertTrue(channel.config().setOption(ChannelOption.SO_KEEPALIVE, true));
    assertTrue(channel.config().setOption(ChannelOption.TCP_NODELAY, false));
    assertTrue(channel.config().setOption(MosChannelOption.TCP_KEEPIDLE, 77));
    Net.get(channel.eventLoop().submit(() -> {}), "the change's turn");
    KernelSide side = (KernelSide) ((MosSocketChannel) channel).side();
    assertEquals(true, side.option(ChannelOption.SO_KEEPALIVE));
    assertEquals(false, side.option(ChannelOption.TCP_NODELAY));
    assertEquals(77, side.option(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE)));
  }

  @Test
  void aRefusedConnectSaysWhatTheKernelSays() throws IOException {
    InetSocketAddress nobody;
    try (ServerSocket closed = new ServerSocket()) {
      closed.bind(ANY);
      nobody = (InetSocketAddress) closed.getLocalSocketAddress();
    }
    ChannelFuture connect = client(Loops.SHARED).handler(recorder).connect(nobody);
    Throwable cause = Net.await(connect, "connect").cause();
    assertTrue(cause instanceof ConnectException, cause.toString());
    assertEquals("Connection refused: /127.0.0.1:" + nobody.getPort(), cause.getMessage());
    Net.await(connect.channel().closeFuture(), "the channel's end");
  }

  @Test
  void channelsGoFromLoopToLoop() throws Exception {
    Channel channel = connect(Loops.SHARED, kernelServer(new Echo()), recorder);
    recorder.expect("active");
    for (EventLoopGroup group : List.of(nio, shared, nio)) {
      Net.get(channel.deregister(), "deregister");
      Net.get(group.register(channel), "register");
      Net.get(channel.writeAndFlush(text("x")), "a write");
      recorder.expect("read x");
    }
  }

  @Test
  void theServersEndIsTold() throws Exception {
    connect(Loops.SHARED, kernelServer(new Echo()), recorder);
    recorder.expect("active");
    Channel server = server();
    server.config().setOption(ChannelOption.SO_LINGER, 0);
    Net.get(server.close(), "close"); // resets it
    recorder.expect("SocketException: Connection reset");
    recorder.expect("inactive");
  }

  /** NIO's channels on the stack's loops are a mistake otherwise, which the log names. */
  @Test
  void itIsNotTakenForAMistake() {
    try (LogLines log = new LogLines(MosIoHandler.class)) {
      connect(Loops.SHARED, kernelServer(new Echo()), recorder);
      assertEquals(List.of(), log.lines());
      Channel mistake = new NioSocketChannel();
      Net.get(shared.register(mistake), "register");
      assertEquals(1, log.lines().size());
      Net.get(mistake.close(), "close");
    }
  }

  @Test
  void whatListensInThisProcessIsNearer() throws Exception {
    InetSocketAddress address = listen(shared, MosServerSocketChannel.class, new Echo());
    Channel channel = connect(Loops.SHARED, address, recorder);
    assertTrue(server() instanceof MosSocketChannel);
    assertInstanceOf(StackSide.class, ((MosSocketChannel) channel).side());
    assertEquals(2, stack.flows());
  }

  @Test
  void itIsOffUnlessItIsAllowed() {
    InetSocketAddress address = kernelServer(new Echo());
    System.clearProperty(KernelFallback.PROPERTY);
    Throwable cause =
        Net.await(client(Loops.SHARED).handler(recorder).connect(address), "connect").cause();
    assertTrue(cause.getMessage().contains("-Dmos.fallback=true"), cause.getMessage());
    System.setProperty(KernelFallback.PROPERTY, "maybe");
    Throwable wrong =
        Net.await(client(Loops.SHARED).handler(recorder).connect(address), "connect").cause();
    assertEquals(
        "mos.fallback: read \"maybe\", allowed: true or false, the default", wrong.getMessage());
    assertThrows(ConfigException.class, () -> throwCause(wrong));
  }

  /** A machine that lacks something, as the file of this configuration. */
  @Test
  void theKernelReplacesAStackThatDoesNotStart() {
    stack.close();
    Net.get(shared.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
    System.setProperty("mos.conf", folder.resolve("missing.conf").toString());
    try {
      assertEquals(Optional.empty(), Mos.orKernel(MosEventLoopGroup::new));
      System.clearProperty(KernelFallback.PROPERTY);
      assertThrows(ConfigException.class, () -> Mos.orKernel(MosEventLoopGroup::new));
    } finally {
      System.clearProperty("mos.conf");
    }
    MosEventLoopGroup group = Mos.orKernel(MosEventLoopGroup::new).orElseThrow();
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
  }

  private static void throwCause(Throwable cause) throws Throwable {
    throw cause;
  }
}
