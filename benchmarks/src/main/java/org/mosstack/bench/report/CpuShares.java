package org.mosstack.bench.report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the loops' CPU time goes, by layer, from the CPU-time samples of JFR recordings: {@code
 * CpuShares TABLE ROW DIRECTORY}. A sample counts for the innermost method that belongs to a layer;
 * time in the JDK, the headers and the buffers counts for their caller.
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

  /** Keeps each layer's share as a figure. */
  public static void main(String[] args) throws IOException {
    Map<String, Integer> samples = new LinkedHashMap<>();
    LAYERS.values().forEach(layer -> samples.put(layer, 0));
    try (DirectoryStream<Path> recordings = Files.newDirectoryStream(Path.of(args[2]), "*.jfr")) {
      for (Path recording : recordings) {
        count(recording, samples);
      }
    }
    int all = samples.values().stream().mapToInt(Integer::intValue).sum();
    if (all == 0) {
      System.err.println("no sample of a loop in " + args[2]);
      System.exit(1);
    }
    for (Map.Entry<String, Integer> layer : samples.entrySet()) {
      double share = Math.round(PERCENT * 10 * layer.getValue() / all) / 10.0;
      new Figure(args[0], args[1], layer.getKey() + " %", share).keep();
    }
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
