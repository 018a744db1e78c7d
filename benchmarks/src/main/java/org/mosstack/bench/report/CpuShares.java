package org.mosstack.bench.report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the loops' CPU time goes, by layer, from the CPU-time samples of JFR recordings. A sample
 * counts for the innermost method that belongs to a layer; time in the JDK, the headers and the
 * buffers counts for their caller.
 */
public final class CpuShares {
  private static final String SAMPLE = "jdk.CPUTimeSample";
  private static final String LOOP = "io.netty.channel.SingleThreadIoEventLoop";
  private static final String CORE = "org.mosstack.StackCore";
  private static final double PERCENT = 100;

  /** Prefixes of class names, most specific first, and the layers they belong to. */
  private static final Map<String, String> LAYERS = new LinkedHashMap<>();

  static {
    LAYERS.put("org.mosstack.bench.", "application");
    LAYERS.put("org.HdrHistogram.", "application");
    LAYERS.put("org.mosstack.header.Checksum", "checksums");
    LAYERS.put("org.mosstack.dpdk.", "device");
    LAYERS.put("org.mosstack.device.", "device");
    LAYERS.put("org.mosstack.tcp.", "TCP");
    LAYERS.put("org.mosstack.ip.", "IP and Ethernet");
    LAYERS.put("org.mosstack.netty.", "channel");
    LAYERS.put("org.mosstack.StackCore", "turn");
    LAYERS.put("io.netty.handler.", "codec");
    LAYERS.put("io.netty.buffer.", "ByteBuf");
    LAYERS.put("io.netty.channel.", "pipeline and loop");
  }

  private CpuShares() {}

  /**
   * Returns each layer's share in percent.
   *
   * @param folder the recordings; empty ones, of programs that were halted, don't count
   * @throws IOException if there is no sample of a loop, or a recording can't be read
   */
  public static List<Figure> of(String table, String row, Path folder) throws IOException {
    Map<String, Integer> samples = new LinkedHashMap<>();
    LAYERS.values().forEach(layer -> samples.put(layer, 0));
    try (DirectoryStream<Path> recordings = Files.newDirectoryStream(folder, "*.jfr")) {
      for (Path recording : recordings) {
        if (Files.size(recording) > 0) {
          count(recording, samples);
        }
      }
    }
    int all = samples.values().stream().mapToInt(Integer::intValue).sum();
    if (all == 0) {
      throw new IOException("no sample of a loop in " + folder);
    }
    List<Figure> shares = new ArrayList<>();
    samples.forEach(
        (layer, count) -> {
          double share = Math.round(PERCENT * 10 * count / all) / 10.0;
          shares.add(new Figure(table, row, layer + " %", share));
        });
    return shares;
  }

  private static void count(Path recording, Map<String, Integer> samples) throws IOException {
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        RecordedStackTrace trace = event.getStackTrace();
        if (event.getEventType().getName().equals(SAMPLE) && trace != null && isLoop(trace)) {
          samples.merge(layer(trace), 1, Integer::sum);
        }
      }
    }
  }

  private static boolean isLoop(RecordedStackTrace trace) {
    return trace.getFrames().stream().map(CpuShares::typeOf).anyMatch(CpuShares::isLoopClass);
  }

  private static boolean isLoopClass(String type) {
    return type.equals(LOOP) || type.equals(CORE);
  }

  private static String layer(RecordedStackTrace trace) {
    for (RecordedFrame frame : trace.getFrames()) {
      String type = typeOf(frame);
      for (Map.Entry<String, String> layer : LAYERS.entrySet()) {
        if (type.startsWith(layer.getKey())) {
          return layer.getValue();
        }
      }
    }
    throw new AssertionError("a loop's frames belong to a layer");
  }

  private static String typeOf(RecordedFrame frame) {
    return frame.getMethod().getType().getName();
  }
}
