package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.program.Namespace;

/**
 * Fragments, of the kernel's and to it. Over TAP: af_packet would make datagrams whole itself, so
 * that the stack would see no fragment.
 */
@DisplayName("fragments")
final class FragmentsIT extends ServerChecks {
  /** What the router sends at most in a packet. */
  private static final int ROUTER_MTU = 600;

  /** Longer than the router's packets, so that a request is in fragments. */
  private static final String LONG_HEADER = "X-Long: " + "0".repeat(3500) + "\n";

  private static final List<Integer> SIZES = List.of(0, 1, 8192, 65_536);
  private static final int TIMES = 5;

  /** Five for a request at least. */
  private static final int FEWEST_FRAGMENTS = SIZES.size() * TIMES * 5;

  private Namespace client;

  FragmentsIT() {
    super(Device.TAP, Device.DEFAULT_MTU, TWO_CORES);
  }

  @BeforeAll
  void addClient() throws IOException, InterruptedException {
    client = link.addClientBehindMtu(testbed, ROUTER_MTU);
  }

  /** The kernel's fragments are made whole, and it makes whole what comes back, byte by byte. */
  @Test
  @Order(2)
  @DisplayName("ping -s 3000, 20000 and 65507")
  @Needs(Need.PING)
  void pings() throws Exception {
    server();
    for (int size : List.of(3000, 20_000, 65_507)) {
      kernel.ping("-c 3 -i 0.2 -s " + size);
    }
  }

  /** Requests in segments that a router cuts into pieces. */
  @Test
  @Order(3)
  @DisplayName("curl through a router that fragments")
  void requests() throws Exception {
    server();
    Path header = Files.writeString(testbed.folder().resolve("header"), LONG_HEADER);
    long before = fragmentsMade();
    for (int size : SIZES) {
      for (int i = 0; i < TIMES; i++) {
        kernel.download(client, size, "-m", "20", "-H", "@" + header);
      }
    }
    long made = fragmentsMade() - before;
    assertTrue(made >= FEWEST_FRAGMENTS, () -> made + " fragments");
  }

  /** Returns how many fragments the router has made. */
  private long fragmentsMade() throws IOException, InterruptedException {
    List<String[]> ip =
        link.kernel()
            .run("cat /proc/net/snmp")
            .lines()
            .filter(line -> line.startsWith("Ip: "))
            .map(line -> line.split(" "))
            .toList();
    int column = List.of(ip.getFirst()).indexOf("FragCreates");
    return Long.parseLong(ip.getLast()[column]);
  }
}
