package org.mosstack.bench.compare;

import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.config.CoreThreads;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** The two ends of this project's transport, with one core each. */
final class Stacks {
  static final String SERVER_ADDRESS = "10.0.0.1";
  static final int PORT = 80;

  private static final String CLIENT_ADDRESS = "10.0.0.2";
  private static final String WIRE = "wire=compare";

  /** What {@code max_num_buffers} and {@code max_concurrency} are by default. */
  private static final int DEFAULT_BUFFERS = 100_000;

  private static final String LARGE_PACKETS = ",mtu=65393";

  private Stacks() {}

  /** Returns server and client, in this order, joined by a wire. */
  static End[] wired(Transport transport) {
    String driver = transport == Transport.MOS_LARGE_PACKETS ? WIRE + LARGE_PACKETS : WIRE;
    WireHub hub = hub();
    return new End[] {
      wired(hub, defaults(true, driver), transport.hasFarServer()),
      wired(hub, defaults(false, driver), transport.hasFarClient())
    };
  }

  /** Returns server and client, in this order, joined by a wire, for so many connections. */
  static End[] wired(int connections) {
    WireHub hub = hub();
    return new End[] {
      wired(hub, roomFor(connections, defaults(true, WIRE)), false),
      wired(hub, roomFor(connections, defaults(false, WIRE)), false)
    };
  }

  /** Sets what has to grow with the connections, and keeps what would grow with it. */
  private static MosConfigBuilder roomFor(int connections, MosConfigBuilder config) {
    return config
        .set(MosKeys.MAX_CONCURRENCY, Math.max(DEFAULT_BUFFERS, connections + connections / 10))
        .set(MosKeys.MAX_NUM_BUFFERS, DEFAULT_BUFFERS);
  }

  private static WireHub hub() {
    return new WireHub(new SplittableRandom(1));
  }

  /** An end on a loop that drives its core or, far from it, on one of NIO's. */
  private static End wired(WireHub hub, MosConfigBuilder config, boolean far) {
    config.set(MosKeys.CORES, far ? CoreThreads.SEPARATE : CoreThreads.LOOPS);
    MosStack stack = MosStack.builder(config.build()).device(WireHub.WIRE, hub).start();
    return far ? far(stack) : near(stack);
  }

  /** Returns one end over DPDK's shared memory; the server starts first. */
  static End shared(boolean server, String socket) {
    String role = server ? "server" : "client";
    String driver = "net_memif=role=%s,socket=%s".formatted(role, socket);
    return near(MosStack.start(defaults(server, driver).build()));
  }

  /** The loop drives the core. */
  private static End near(MosStack stack) {
    return new End(
        new MosEventLoopGroup(stack), MosServerSocketChannel::new, MosSocketChannel::new, () -> {});
  }

  /** A thread of the stack's drives the core; the loop is one of NIO's. */
  private static End far(MosStack stack) {
    return new End(
        Transport.NIO.group(),
        () -> new MosServerSocketChannel(stack),
        () -> new MosSocketChannel(stack),
        stack::close);
  }

  /** What a program builds that sets nothing but its device: one core, on a CPU of its own. */
  private static MosConfigBuilder defaults(boolean server, String driver) {
    return MosConfig.builder()
        .netdev(
            "dpdk0 0x%x %s/24 %s"
                .formatted(server ? 1 : 2, server ? SERVER_ADDRESS : CLIENT_ADDRESS, driver));
  }
}
