package org.mosstack.bench.compare;

import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.config.CoreThreads;
import org.mosstack.config.MosConfig;
import org.mosstack.device.WireHub;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** The two ends of this project's transport, with one core each. */
final class Stacks {
  static final String SERVER_ADDRESS = "10.0.0.1";
  static final int PORT = 80;

  /** Packets as large as on the kernel's loopback, and likewise no checksums. */
  private static final String WIRE = "wire=compare,mtu=65393,checksum=0";

  private static final String JUMBO = "bsize=9216,mtu=9000";

  private static final String CLIENT_ADDRESS = "10.0.0.2";

  private Stacks() {}

  /**
   * Returns server and client, in this order, joined by a wire.
   *
   * @param farServer whether the server's channels are on another thread than its core
   * @param farClient whether the client's are
   */
  static End[] wired(boolean farServer, boolean farClient) {
    WireHub hub = new WireHub(new SplittableRandom(1));
    return new End[] {wired(hub, true, farServer), wired(hub, false, farClient)};
  }

  private static End wired(WireHub hub, boolean server, boolean far) {
    CoreThreads threads = far ? CoreThreads.SEPARATE : CoreThreads.LOOPS;
    MosConfig config = config(server, WIRE, threads);
    MosStack stack = MosStack.builder(config).device(WireHub.WIRE, hub).start();
    return far ? far(stack) : near(stack);
  }

  /** Returns one end over DPDK's shared memory, with jumbo frames; the server starts first. */
  static End shared(boolean server, String socket) {
    String role = server ? "server" : "client";
    String driver = "net_memif=role=%s,socket=%s,%s".formatted(role, socket, JUMBO);
    return near(MosStack.start(config(server, driver, CoreThreads.LOOPS)));
  }

  /** The loop drives the core. */
  private static End near(MosStack stack) {
    return new End(
        new MosEventLoopGroup(stack, IdleStrategy.BUSY),
        MosServerSocketChannel::new,
        MosSocketChannel::new,
        () -> {});
  }

  /** A thread of the stack's drives the core; the loop is one of NIO's. */
  private static End far(MosStack stack) {
    return new End(
        Transport.NIO.group(),
        () -> new MosServerSocketChannel(stack),
        () -> new MosSocketChannel(stack),
        stack::close);
  }

  private static MosConfig config(boolean server, String driver, CoreThreads threads) {
    String text =
        """
        application {
          type = end
          run = compare
        }
        mos {
          max_concurrency = 1100000
          max_num_buffers = 32768
          rmem_size = 1048576
          wmem_size = 1048576
          tcp_timeout = -1
          cores = %s
          netdev {
            dpdk0 0x%x %s/24 %s
          }
        }
        """
            .formatted(
                threads.id(), server ? 1 : 2, server ? SERVER_ADDRESS : CLIENT_ADDRESS, driver);
    return MosConfig.parse("compare.conf", text);
  }
}
