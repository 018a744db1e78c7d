package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.function.Executable;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** Keeps by dumpcap what passes at the kernel's interface. */
final class Recording {
  private static final int SECONDS_TO_MARK = 30;

  /** Addresses that nobody has: the kernel's asking for them marks the beginning and the end. */
  private static final String BEGINNING = "10.77.0.98";

  private static final String END = "10.77.0.99";

  private final Link link;
  private final Path file;

  private Recording(Testbed testbed, Link link) {
    this.link = link;
    file = testbed.folder().resolve("recorded.pcapng");
  }

  /** Returns all packets that pass while something is done; fails if there might be others. */
  static Capture during(Testbed testbed, Link link, Executable transfer) throws Throwable {
    Recording recording = new Recording(testbed, link);
    recording.record(transfer);
    return new Capture(recording.file);
  }

  private void record(Executable transfer) throws Throwable {
    Files.deleteIfExists(file);
    String command = "dumpcap -q -B 64 -i " + link.device() + " -w";
    try (Program dumpcap = link.kernel().start(command, file.toString())) {
      Await.until("dumpcap records", SECONDS_TO_MARK, () -> isMarked(BEGINNING));
      transfer.execute();
      Await.until("dumpcap has recorded", SECONDS_TO_MARK, () -> isMarked(END));
      dumpcap.end();
      boolean whole =
          dumpcap.lines().stream()
              .anyMatch(line -> line.matches("Packets received/dropped.*: [0-9]*/0 .*"));
      assertTrue(whole, () -> dumpcap.describe("packets are missing"));
    }
  }

  private boolean isMarked(String address) throws IOException, InterruptedException {
    link.kernel().succeeds("ping -q -c 1 -W 1 " + address);
    return new Capture(file).has("arp.opcode == 1 && arp.dst.proto_ipv4 == " + address);
  }
}
