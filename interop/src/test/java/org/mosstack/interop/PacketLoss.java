package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.function.Executable;
import org.mosstack.testkit.program.Testbed;

/** Packets that get lost at the kernel's interface, by {@code nft}. */
final class PacketLoss {
  /**
   * One packet in a hundred, each way. What leaves isn't dropped where its sender would be told,
   * but sent astray.
   */
  private static final String ONE_PERCENT =
      """
      table netdev loss {
        chain in {
          type filter hook ingress device %1$s priority 0
          numgen random mod 100 == 0 counter drop
        }
        chain out {
          type filter hook egress device %1$s priority 0
          numgen random mod 100 == 0 counter fwd to lo
        }
      }
      """;

  /** Of 8192 bytes and their header, six segments, the last two, once. */
  private static final String TAIL =
      """
      table netdev loss {
        chain in {
          type filter hook ingress device %s priority 0
          ip saddr %s ip protocol tcp ip length > 100 quota over 6000 bytes \
      limit rate 1/day burst 2 packets counter drop
        }
      }
      """;

  private final Link link;
  private final Path rules;

  PacketLoss(Testbed testbed, Link link) {
    this.link = link;
    rules = testbed.folder().resolve("loss.nft");
  }

  /** Runs something while one packet in a hundred is lost each way. */
  void ofOnePercent(Executable transfer) throws Throwable {
    // Without segmentation offload, for each packet to be one there.
    segmentsPerPacket(1);
    try {
      // Of 100 MB tens of packets are lost at least: a TAP interface hands over many segments as
      // one.
      during(ONE_PERCENT.formatted(link.device()), transfer, "counter packets [0-9]{2,}");
    } finally {
      segmentsPerPacket(65_535);
    }
  }

  /** Runs something while the last two segments of one file of 8192 bytes are lost once. */
  void ofTail(Executable transfer) throws Throwable {
    during(TAIL.formatted(link.device(), Link.STACK_ADDRESS), transfer, "counter packets 2 ");
  }

  private void segmentsPerPacket(int most) throws IOException, InterruptedException {
    link.kernel().ip("link set dev " + link.device() + " gso_max_segs " + most);
  }

  /** Fails also if fewer packets were lost than should have been. */
  private void during(String table, Executable transfer, String lost) throws Throwable {
    Files.writeString(rules, table);
    link.kernel().run("nft -f", rules.toString());
    try {
      transfer.execute();
      String counters = link.kernel().run("nft list table netdev loss");
      assertTrue(Pattern.compile(lost).matcher(counters).find(), counters);
    } finally {
      link.kernel().run("nft delete table netdev loss");
    }
  }
}
