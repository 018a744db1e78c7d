package org.mosstack.bench.flood;

import org.mosstack.config.MosConfig;

/**
 * The server's two cables, both over shared memory: one to the clients, and one to a router behind
 * which the flood originates.
 */
final class FloodLink {
  static final int PORT = 7;

  /** The size of a client's message and of its answer. */
  static final int MESSAGE_BYTES = 64;

  /** The server's address on the clients' cable. */
  static final int SERVER_ADDRESS = 0x0A00_0001;

  /** The server's address on the router's cable, which the flood is aimed at. */
  static final int FLOODED_ADDRESS = 0x0A01_0001;

  static final long SERVER_MAC = 0x0200_0000_0001L;
  static final long ROUTER_MAC = 0x0200_0000_0002L;

  private static final String FLOOD = "-flood";

  private FloodLink() {}

  /** Returns the server's configuration: every address not on a cable is behind the router. */
  static MosConfig server(String socket, int cpu) {
    String text =
        """
        application {
          type = end
          run = benchmark
        }
        mos {
          max_concurrency = 65536
          max_num_buffers = 16384
          tcp_timeout = -1
          netdev {
            dpdk0 0x%1$x 10.0.0.1/24 net_memif=role=server,socket=%2$s
            dpdk1 0x%1$x 10.1.0.1/24 net_memif=role=server,socket=%2$s%3$s,mac=02:00:00:00:00:01
          }
          arp_table {
            10.1.0.2 02:00:00:00:00:02
          }
          route_table {
            0.0.0.0/0 dpdk1 via 10.1.0.2
          }
        }
        """
            .formatted(1L << cpu, socket, FLOOD);
    return MosConfig.parse("server.conf", text);
  }

  /** Returns the clients' configuration. */
  static MosConfig clients(String socket, int cpu) {
    return oneDevice("dpdk0", "10.0.0.2/24", socket, cpu);
  }

  /** Returns the router's configuration, whose device sends the flood. */
  static MosConfig router(String socket, int cpu) {
    return oneDevice("dpdk1", "10.1.0.2/24", socket + FLOOD, cpu);
  }

  private static MosConfig oneDevice(String name, String address, String socket, int cpu) {
    String text =
        """
        application {
          type = end
          run = benchmark
        }
        mos {
          max_concurrency = 16384
          max_num_buffers = 8192
          tcp_timeout = -1
          netdev {
            %s 0x%x %s net_memif=role=client,socket=%s
          }
        }
        """
            .formatted(name, 1L << cpu, address, socket);
    return MosConfig.parse("clients.conf", text);
  }
}
