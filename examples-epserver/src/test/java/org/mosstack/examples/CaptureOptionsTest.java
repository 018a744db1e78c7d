package org.mosstack.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.MosStack;
import org.mosstack.config.ConfigException;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.PcapFile;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Timeout(20)
class CaptureOptionsTest {
  private static final int FILE_HEADER = 24;

  /** A gratuitous ARP, which a stack sends with its first turn, and a record's header. */
  private static final int ANNOUNCEMENT = 16 + 42;

  @TempDir Path folder;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Command
  private static final class Program {
    @Mixin private final CaptureOptions capture = new CaptureOptions();
  }

  private CaptureOptions options(String... arguments) {
    Program program = new Program();
    new CommandLine(program).parseArgs(arguments);
    return program.capture;
  }

  private CaptureOptions.Prepared prepare(CaptureOptions options) {
    return options.prepare("program", new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private MosStack stack() {
    return stack(new ArrayList<>());
  }

  private MosStack stack(List<String> closed) {
    return MosStack.builder(
            MosConfig.builder()
                .set(MosKeys.CORE_MASK, CoreMask.of(0))
                .set(MosKeys.MAX_CONCURRENCY, 10)
                .netdev("wire0 0x1 10.0.0.1/24 wire=w")
                .build())
        .allowOversubscribe(true)
        .decorate(
            port ->
                new ForwardingDevice(port) {
                  @Override
                  public void close() {
                    closed.add("port");
                    super.close();
                  }
                })
        .start();
  }

  /** Starts a stack, lets it announce its address, and ends it. */
  private void run(CaptureOptions options) {
    CaptureOptions.Prepared prepared = prepare(options);
    MosStack stack = stack();
    CaptureOptions.Capture capture = prepared.start(stack);
    stack.core(0).attach();
    stack.core(0).poll();
    stack.close();
    capture.close();
  }

  private String told() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutOptionsThereIsNoCapture() {
    run(options());
    assertEquals("", told());
  }

  @Test
  void everythingThatThePortsSend() throws IOException {
    Path file = folder.resolve("all.pcap");
    run(options("--pcap", file.toString()));
    assertEquals(FILE_HEADER + ANNOUNCEMENT, Files.size(file));
    assertEquals("program: 1 packets in " + file + "\n", told());
  }

  @Test
  void aFilter() throws IOException {
    assumeTrue(hasLibpcap(), "libpcap is missing: apt-get install libpcap0.8");
    Path file = folder.resolve("tcp.pcap");
    run(options("--pcap", file.toString(), "--pcap-filter", "tcp"));
    assertEquals(FILE_HEADER, Files.size(file));
    run(options("--pcap", file.toString(), "--pcap-filter", "arp"));
    assertEquals(FILE_HEADER + ANNOUNCEMENT, Files.size(file));
  }

  private static boolean hasLibpcap() {
    try {
      PcapFile.to(Path.of("x")).filter("");
      return true;
    } catch (IllegalStateException _) {
      return false;
    }
  }

  @Test
  void aLimit() throws IOException {
    Path file = folder.resolve("limited.pcap");
    run(options("--pcap", file.toString(), "--pcap-limit", "50"));
    assertEquals(FILE_HEADER, Files.size(file));
    assertEquals(
        "program: "
            + file
            + ": the capture has ended at its limit of 50 bytes\nprogram: 0 packets in "
            + file
            + "\n",
        told());
  }

  /** The file's header alone has 24 bytes. */
  @Test
  void aLimitThatTheFileCannotKeep() throws IOException {
    Path file = folder.resolve("limited.pcap");
    for (String limit : List.of("1", "23")) {
      assertEquals(
          "--pcap-limit: read " + limit + ", allowed: 24 bytes or more, or 0 for no limit",
          refused("--pcap", file.toString(), "--pcap-limit", limit));
    }
    run(options("--pcap", file.toString(), "--pcap-limit", "24"));
    assertEquals(FILE_HEADER, Files.size(file));
    run(options("--pcap", file.toString(), "--pcap-limit", "0"));
    assertEquals(FILE_HEADER + ANNOUNCEMENT, Files.size(file));
  }

  /** A start that fails leaves nothing open: neither the stack nor the capture. */
  @Test
  void aTransportThatCannotBeOpened() {
    List<String> closed = new ArrayList<>();
    MosStack claimed = stack(closed);
    claimed.reserve();
    assertThrows(
        IllegalStateException.class,
        () -> Transport.over(claimed, _ -> () -> closed.add("capture")));
    assertEquals(List.of("port", "capture"), closed);
    AssertionError broken = new AssertionError();
    AssertionError thrown =
        assertThrows(
            AssertionError.class,
            () ->
                Transport.over(
                    stack(closed),
                    _ -> {
                      throw broken;
                    }));
    assertSame(broken, thrown);
    assertEquals(List.of("port", "capture", "port"), closed);
  }

  @Test
  void aFileSwitchesIt() throws IOException, InterruptedException {
    Path file = folder.resolve("switched.pcap");
    Path present = folder.resolve("on");
    MosStack stack = stack();
    CaptureOptions.Capture capture =
        prepare(options("--pcap", file.toString(), "--pcap-while", present.toString()))
            .start(stack);
    stack.core(0).attach();
    stack.core(0).poll();
    Files.createFile(present);
    await("program: capturing to " + file + "\n");
    Files.delete(present);
    await("program: capturing to " + file + "\nprogram: the capture is paused\n");
    stack.close();
    capture.close();
    assertEquals(FILE_HEADER, Files.size(file), "sent before");
  }

  private void await(String lines) {
    while (!told().equals(lines)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatIsWrongIsSaidBeforeAnythingStarts() {
    String needs = "--pcap-filter, --pcap-limit and --pcap-while go with --pcap";
    assertEquals(needs, refused("--pcap-filter", "tcp"));
    assertEquals(needs, refused("--pcap-limit", "1m"));
    assertEquals(needs, refused("--pcap-while", "x"));
    assumeTrue(hasLibpcap(), "libpcap is missing: apt-get install libpcap0.8");
    Path file = folder.resolve("none.pcap");
    String filter = refused("--pcap", file.toString(), "--pcap-filter", "tcp prt 80");
    assertTrue(filter.startsWith("--pcap-filter: filter \"tcp prt 80\": "), filter);
    assertFalse(Files.exists(file));
  }

  private String refused(String... arguments) {
    CaptureOptions options = options(arguments);
    return assertThrows(ConfigException.class, () -> prepare(options)).getMessage();
  }

  @Test
  void aFileThatCantBeWritten() {
    Path file = folder.resolve("no/such/folder.pcap");
    CaptureOptions.Prepared prepared = prepare(options("--pcap", file.toString()));
    try (MosStack stack = stack()) {
      String message =
          assertThrows(ConfigException.class, () -> prepared.start(stack)).getMessage();
      assertEquals("--pcap: " + file + " can't be written: no such directory", message);
    }
  }
}
