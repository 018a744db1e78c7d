package org.mosstack.frameworks.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The kernel's end of the TAP interface that {@code tap.conf} names, and what is there. */
final class Kernel {
  /** Its address. */
  static final String ADDRESS = "10.66.4.2";

  /** The network that the stack's connections come from. */
  static final String NETWORK = "10.66.4.0/24";

  /** What a test that is left out is missing. */
  static final String POSTGRES = "needs root, DPDK and: apt-get install postgresql";

  static final String REDIS = "needs root, DPDK and: apt-get install redis-server";
  static final String RABBIT = "needs root, DPDK and: apt-get install rabbitmq-server";

  private static final Path POSTGRES_VERSIONS = Path.of("/usr/lib/postgresql");

  private Kernel() {}

  static boolean hasPostgres() {
    return hasTap() && Files.isDirectory(POSTGRES_VERSIONS);
  }

  static boolean hasRedis() {
    return hasTap() && Files.isExecutable(Path.of("/usr/bin/redis-server"));
  }

  static boolean hasRabbit() {
    return hasTap() && Files.isExecutable(Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server"));
  }

  /** Returns the folder of PostgreSQL's programs, of the newest version that is there. */
  static Path postgresPrograms() throws Exception {
    try (Stream<Path> versions = Files.list(POSTGRES_VERSIONS)) {
      return versions.max(Path::compareTo).orElseThrow().resolve("bin");
    }
  }

  private static boolean hasTap() {
    return "root".equals(System.getProperty("user.name"))
        && Files.exists(Path.of("/dev/net/tun"))
        && Stream.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")
            .flatMap(
                folder ->
                    List.of("23", "24", "25", "26").stream()
                        .map(abi -> folder + "/librte_eal.so." + abi))
            .anyMatch(library -> Files.exists(Path.of(library)));
  }
}
