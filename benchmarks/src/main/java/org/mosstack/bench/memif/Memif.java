package org.mosstack.bench.memif;

import org.mosstack.config.MosConfig;

/** The two ends of the shared memory that these benchmarks use. */
final class Memif {
  static final int SERVER_ADDRESS = 0x0A00_0001;
  private static final String SERVER = "10.0.0.1/24 net_memif=role=server,socket=";
  private static final String CLIENT = "10.0.0.2/24 net_memif=role=client,socket=";

  private Memif() {}

  /**
   * Returns one end's configuration.
   *
   * @param server whether it listens; otherwise the other end must already be running
   * @param cpu the CPU its core runs on
   */
  static MosConfig config(boolean server, String socket, int cpu) {
    String text =
        """
        application {
          type = end
          run = benchmark
        }
        mos {
          max_concurrency = 4096
          max_num_buffers = 8192
          tcp_timeout = -1
          netdev {
            dpdk0 0x%x %s%s
          }
        }
        """
            .formatted(1L << cpu, server ? SERVER : CLIENT, socket);
    return MosConfig.parse("benchmark.conf", text);
  }
}
