package org.mosstack.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.mosstack.MosStack;
import org.mosstack.config.ConfigException;
import org.mosstack.device.PcapFile;
import org.mosstack.os.OutputFiles;
import picocli.CommandLine.Option;

/** The options of a command line that have its stack's packets captured. */
public final class CaptureOptions {
  private static final long SWITCH_MILLIS = 100;

  /** A file's header, which it has before the first packet. */
  private static final long LEAST_LIMIT = 24;

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Capture what the ports receive and send, for tcpdump and Wireshark.")
  private Path file;

  @Option(
      names = "--pcap-filter",
      paramLabel = "EXPR",
      description = "Capture only what matches, in tcpdump's language: \"tcp port 80\".")
  private String filter;

  @Option(
      names = "--pcap-limit",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "End the capture before its file gets larger: 500k, 100m, 2g; 0: no limit.")
  private Long limit;

  @Option(
      names = "--pcap-while",
      paramLabel = "FILE",
      description = "Capture only while this file exists: touch and rm switch it on and off.")
  private Path whilePresent;

  /** A capture that runs, or isn't wanted. */
  public interface Capture extends AutoCloseable {
    /** Ends it, and prints a line about it; to be called after the stack is closed. */
    @Override
    void close();
  }

  /** Options that were found valid. */
  @FunctionalInterface
  public interface Prepared {
    /**
     * Begins the capture.
     *
     * @param stack whose packets are captured
     * @throws ConfigException if the file can't be written
     */
    Capture start(MosStack stack);
  }

  /**
   * Reads the options; the file isn't touched before {@link Prepared#start}.
   *
   * @param program what lines about the capture begin with
   * @param err receives them
   * @throws ConfigException if there is something wrong with the options
   */
  Prepared prepare(String program, PrintStream err) {
    if (file == null) {
      if (filter != null || limit != null || whilePresent != null) {
        throw new ConfigException("--pcap-filter, --pcap-limit and --pcap-while go with --pcap");
      }
      return _ -> () -> {};
    }
    if (limit != null && limit != 0 && limit < LEAST_LIMIT) {
      throw new ConfigException(
          "--pcap-limit: read "
              + limit
              + ", allowed: "
              + LEAST_LIMIT
              + " bytes or more, or 0 for no limit");
    }
    Consumer<String> tell = line -> err.println(program + ": " + line);
    PcapFile.Builder builder = PcapFile.to(file).limit(limit == null ? 0 : limit).onEnd(tell);
    try {
      builder = filter == null ? builder : builder.filter(filter);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ConfigException("--pcap-filter: " + e.getMessage(), e);
    }
    PcapFile.Builder prepared = builder;
    return stack -> start(prepared, stack, tell);
  }

  private Capture start(PcapFile.Builder builder, MosStack stack, Consumer<String> tell) {
    PcapFile pcap;
    try {
      pcap = builder.open();
    } catch (IOException e) {
      throw new ConfigException(
          "--pcap: " + file + " can't be written: " + OutputFiles.reason(e), e);
    }
    if (whilePresent != null) {
      pcap.pause();
      Thread.ofPlatform().daemon().name("pcap-while").start(() -> watch(pcap, tell));
    }
    stack.capture(pcap);
    return () -> end(pcap, tell);
  }

  private void end(PcapFile pcap, Consumer<String> tell) {
    pcap.close();
    long dropped = pcap.dropped();
    String missing = dropped == 0 ? "" : ", " + dropped + " missing: the disk was too slow";
    tell.accept(pcap.packets() + " packets in " + file + missing);
  }

  /** Until the capture has ended, on a thread of its own. */
  private void watch(PcapFile pcap, Consumer<String> tell) {
    boolean on = false;
    while (!pcap.hasEnded()) {
      boolean wanted = Files.exists(whilePresent);
      if (wanted && !on) {
        pcap.resume();
        tell.accept("capturing to " + file);
      } else if (on && !wanted) {
        pcap.pause();
        tell.accept("the capture is paused");
      }
      on = wanted;
      try {
        Thread.sleep(SWITCH_MILLIS);
      } catch (InterruptedException _) {
        return;
      }
    }
  }
}
