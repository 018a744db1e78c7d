package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.FastOpenMode;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.config.MosKeys;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.WireHub;
import org.mosstack.time.Clock;

/**
 * A client's and a server's stack for a test, with a group each: two stacks joined by a wire, or
 * one stack's loopback for both. Closing it checks that nothing is left.
 */
final class Net implements AutoCloseable {
  static final long TIMEOUT_SECONDS = 60;
  static final String SERVER_IP = "10.0.0.1";
  static final String CLIENT_IP = "10.0.0.2";

  /** Answers nothing: its MAC address is configured, but no station has it. */
  static final String SWALLOWING_IP = "10.0.0.99";

  final MosStack serverStack;
  final MosStack clientStack;
  final MosEventLoopGroup serverGroup;
  final MosEventLoopGroup clientGroup;
  final String serverIp;

  /** The directory of the cores' logs; null if they write none. */
  private final Path logs;

  /** Counts its own memory, so that a test sees each buffer that wasn't released. */
  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, false);

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private Net(MosStack serverStack, MosStack clientStack, String serverIp) {
    this(serverStack, clientStack, serverIp, null);
  }

  private Net(MosStack serverStack, MosStack clientStack, String serverIp, Path logs) {
    this.logs = logs;
    this.serverStack = serverStack;
    this.clientStack = clientStack;
    this.serverIp = serverIp;
    serverGroup = new MosEventLoopGroup(serverStack);
    clientGroup = serverStack == clientStack ? serverGroup : new MosEventLoopGroup(clientStack);
  }

  static MosConfigBuilder config(int cores) {
    return MosConfig.builder()
        .set(MosKeys.CORE_MASK, CoreMask.range(cores))
        .set(MosKeys.MAX_CONCURRENCY, 10_000)
        .set(MosKeys.MAX_NUM_BUFFERS, 20_000)
        .set(MosKeys.RMEM_SIZE, 65_536)
        .set(MosKeys.WMEM_SIZE, 65_536);
  }

  static MosStack start(MosConfigBuilder config, DeviceFactory hub) {
    var builder = MosStack.builder(config.build()).allowOversubscribe(true);
    return (hub == null ? builder : builder.device(WireHub.WIRE, hub)).start();
  }

  static MosStack loopbackStack(int cores) {
    return start(config(cores), new WireHub(new SplittableRandom(1)));
  }

  /** Creates one stack, 127.0.0.1. */
  static Net loopback(int cores) {
    MosStack stack = loopbackStack(cores);
    return new Net(stack, stack, "127.0.0.1");
  }

  /** Creates two stacks, 10.0.0.1 and 10.0.0.2. */
  static Net wire(int serverCores, int clientCores) {
    return wire(serverCores, "cable", clientCores, "cable");
  }

  /** Creates two stacks whose ends of a wire have options: {@code cable,queues=1}. */
  static Net wire(int serverCores, String serverWire, int clientCores, String clientWire) {
    WireHub hub = new WireHub(new SplittableRandom(2));
    return new Net(
        start(wired(serverCores, SERVER_IP, serverWire), hub),
        start(wired(clientCores, CLIENT_IP, clientWire), hub),
        SERVER_IP);
  }

  /** Creates two single-core stacks that let SYNs carry data. */
  static Net fastOpenWire() {
    WireHub hub = new WireHub(new SplittableRandom(2));
    return new Net(
        start(wired(1, SERVER_IP, "cable").set(MosKeys.TCP_FASTOPEN, FastOpenMode.SERVER), hub),
        start(wired(1, CLIENT_IP, "cable").set(MosKeys.TCP_FASTOPEN, FastOpenMode.CLIENT), hub),
        SERVER_IP);
  }

  /** Creates two single-core stacks; each loses this fraction of the packets it receives. */
  static Net lossyWire(double loss) {
    WireHub hub = new WireHub(new SplittableRandom(2));
    Faults faults = Faults.NONE.withLoss(loss);
    DeviceFactory lossy =
        (name, arguments, queues) ->
            new FaultInjector(
                hub.create(name, arguments, queues), faults, Faults.NONE, Clock.SYSTEM, 3);
    return new Net(
        start(wired(1, SERVER_IP, "cable"), lossy),
        start(wired(1, CLIENT_IP, "cable"), lossy),
        SERVER_IP);
  }

  /**
   * Creates two stacks in this process over DPDK's shared memory, with a queue for each core if
   * both have it, otherwise steered. Skips the test if DPDK isn't installed.
   */
  static Net memif(int serverCores, int clientCores) {
    assumeTrue(DpdkInstallation.isThere(), DpdkInstallation.MISSING);
    Path logs = temporaryDirectory();
    Path socket = logs.resolve("memif.sock");
    String memif =
        "net_memif=queues=" + Math.min(serverCores, clientCores) + ",socket=" + socket + ",role=";
    MosStack server = start(shared(serverCores, SERVER_IP, memif, "server", logs), null);
    MosStack client = start(shared(clientCores, CLIENT_IP, memif, "client", logs), null);
    return new Net(server, client, SERVER_IP, logs);
  }

  private static MosConfigBuilder shared(
      int cores, String ip, String memif, String role, Path logs) {
    String mask = "0x" + Integer.toHexString((1 << cores) - 1);
    return config(cores)
        .set(MosKeys.MAX_NUM_BUFFERS, 4096)
        .set(MosKeys.MOS_LOG, logs.resolve(role))
        .netdev("memif0 " + mask + " " + ip + "/24 " + memif + role);
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("mos-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MosConfigBuilder wired(int cores, String ip, String wire) {
    return config(cores)
        .netdev("wire0 " + CoreMask.range(cores) + " " + ip + "/24 wire=" + wire)
        .arp(SWALLOWING_IP + " 02:00:00:00:00:99");
  }

  InetSocketAddress address(int port) {
    return new InetSocketAddress(serverIp, port);
  }

  ServerBootstrap server(Consumer<Channel> initializer) {
    return server(initializer, serverGroup, serverGroup);
  }

  ServerBootstrap server(Consumer<Channel> initializer, EventLoopGroup boss, EventLoopGroup child) {
    return new ServerBootstrap()
        .group(boss, child)
        .channel(MosServerSocketChannel.class)
        .childOption(ChannelOption.ALLOCATOR, allocator)
        .childHandler(initializer(initializer));
  }

  Bootstrap client(Consumer<Channel> initializer) {
    return new Bootstrap()
        .group(clientGroup)
        .channel(MosSocketChannel.class)
        .option(ChannelOption.ALLOCATOR, allocator)
        .handler(initializer(initializer));
  }

  private static ChannelHandler initializer(Consumer<Channel> initializer) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        initializer.accept(channel);
      }
    };
  }

  /** Binds to a free port of the server's address. */
  InetSocketAddress bind(Consumer<Channel> initializer) {
    Channel channel = get(server(initializer).bind(address(0)), "bind").channel();
    return (InetSocketAddress) channel.localAddress();
  }

  Channel connect(InetSocketAddress to, Consumer<Channel> initializer) {
    return get(client(initializer).connect(to), "connect").channel();
  }

  /** Records the first failure of a handler; {@link #close} throws it. */
  void fail(Throwable cause) {
    failure.compareAndSet(null, cause);
  }

  static <F extends Future<?>> F await(F future, String what) {
    assertTrue(
        future.awaitUninterruptibly(TIMEOUT_SECONDS, TimeUnit.SECONDS), "timed out: " + what);
    return future;
  }

  static <F extends Future<?>> F get(F future, String what) {
    await(future, what);
    if (!future.isSuccess()) {
      throw new AssertionError("failed: " + what, future.cause());
    }
    return future;
  }

  @Override
  public void close() {
    Throwable failed = failure.get();
    if (failed != null) {
      shutdown();
      throw new AssertionError("a handler failed", failed);
    }
    shutdown();
    assertEquals(0, allocator.metric().usedDirectMemory(), "direct buffers not released");
    assertEquals(0, allocator.metric().usedHeapMemory(), "heap buffers not released");
    if (logs != null) {
      checkPools();
    }
  }

  /** Checks DPDK's own count of each core's pool, after its ports are closed. */
  private void checkPools() {
    List<Path> files;
    try (Stream<Path> all = Files.walk(logs)) {
      files = all.filter(f -> f.getFileName().toString().matches("log_\\d+")).toList();
      for (Path file : files) {
        String log = Files.readString(file);
        assertTrue(log.contains(" ended, packet buffers in use: 0\n"), file + ": " + log);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertEquals(serverStack.cores() + clientStack.cores(), files.size(), "logs in " + logs);
  }

  private void shutdown() {
    Future<?> server = serverGroup.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    Future<?> client = clientGroup.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    get(server, "server group's end");
    get(client, "client group's end");
  }
}
