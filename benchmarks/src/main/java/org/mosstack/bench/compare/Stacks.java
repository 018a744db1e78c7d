package org.mosstack.bench.compare;

import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.config.MosConfig;
import org.mosstack.device.WireHub;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.MosEventLoopGroup;

/** The two ends of this project's transport, with one core each. */
final class Stacks {
  static final String SERVER_ADDRESS = "10.0.0.1";
  static final int PORT = 80;

  /** Packets as large as on the kernel's loopback, and likewise no checksums. */
  private static final String WIRE = "wire=compare,mtu=65393,checksum=0";

  private static final String JUMBO = "bsize=9216,mtu=9000";

  private static final String CLIENT_ADDRESS = "10.0.0.2";

  private Stacks() {}

  /** Returns server and client, in this order, joined by a wire. */
  static MosEventLoopGroup[] wired() {
    WireHub hub = new WireHub(new SplittableRandom(1));
    return new MosEventLoopGroup[] {
      group(MosStack.builder(config(true, WIRE)).device(WireHub.WIRE, hub).start()),
      group(MosStack.builder(config(false, WIRE)).device(WireHub.WIRE, hub).start())
    };
  }

  /** Returns one end over DPDK's shared memory, with jumbo frames; the server starts first. */
  static MosEventLoopGroup shared(boolean server, String socket) {
    String role = server ? "server" : "client";
    return group(
        MosStack.builder(
                config(server, "net_memif=role=%s,socket=%s,%s".formatted(role, socket, JUMBO)))
            .start());
  }

  private static MosEventLoopGroup group(MosStack stack) {
    return new MosEventLoopGroup(stack, IdleStrategy.BUSY);
  }

  private static MosConfig config(boolean server, String driver) {
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
          netdev {
            dpdk0 0x%x %s/24 %s
          }
        }
        """
            .formatted(server ? 1 : 2, server ? SERVER_ADDRESS : CLIENT_ADDRESS, driver);
    return MosConfig.parse("compare.conf", text);
  }
}
