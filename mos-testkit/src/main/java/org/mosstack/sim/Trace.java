package org.mosstack.sim;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Memory;
import org.mosstack.time.Clock;

/** A run as readable lines: each segment when sent, with its fate, and each event. */
final class Trace {
  private final int maxLines;
  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final Map<Integer, Integer> firstSeq = new HashMap<>();
  private long startNanos;
  private Clock clock = () -> 0;
  private String last;
  private long cut;

  /** Creates a trace that only keeps the last lines. */
  Trace(int maxLines) {
    this.maxLines = maxLines;
  }

  void begin(Clock now) {
    clock = now;
    startNanos = now.nanoTime();
  }

  /** Adds a segment that was sent, with sequence numbers relative to the SYN. */
  void sent(int direction, FrameView f) {
    boolean toServer = direction == SimLink.TO_SERVER;
    if (!f.tcp) {
      line((toServer ? "client" : "server") + " sends a frame that isn't TCP");
      return;
    }
    int flow = f.sourcePort << 16 | f.destinationPort;
    int reverse = f.destinationPort << 16 | f.sourcePort;
    if (f.has(TcpHeader.SYN)) {
      firstSeq.put(flow, f.seq);
    }
    int seq = f.seq - firstSeq.getOrDefault(flow, 0);
    int ack = f.ack - firstSeq.getOrDefault(reverse, 0);
    StringBuilder s = new StringBuilder();
    s.append(toServer ? "client " : "server ").append(f.sourcePort);
    s.append(toServer ? " > server " : " > client ").append(f.destinationPort);
    s.append(' ').append(flags(f)).append(" seq ").append(Integer.toUnsignedString(seq));
    if (f.payload > 0) {
      s.append(" len ").append(f.payload);
    }
    if (f.has(TcpHeader.ACK)) {
      s.append(" ack ").append(Integer.toUnsignedString(ack));
    }
    s.append(" win ").append(f.window);
    for (int i = 0; i < f.sackBlocks; i++) {
      long block = f.sack + 8L * i;
      int base = firstSeq.getOrDefault(reverse, 0);
      s.append(" sack ").append(Memory.getIntBe(block) - base);
      s.append('-').append(Memory.getIntBe(block + 4) - base);
    }
    line(s.toString());
  }

  /** Adds the fate of the last line's segment. */
  void fate(String what) {
    last += " [" + what + "]";
  }

  /** Adds any other line. */
  void line(String text) {
    flush();
    last = String.format(Locale.ROOT, "%12.6f ", (clock.nanoTime() - startNanos) / 1e9) + text;
  }

  private void flush() {
    if (last != null) {
      lines.add(last);
      last = null;
      if (lines.size() > maxLines) {
        lines.poll();
        cut++;
      }
    }
  }

  /** Returns the lines so far. */
  List<String> lines() {
    flush();
    return List.copyOf(lines);
  }

  @Override
  public String toString() {
    List<String> all = lines();
    String head = cut > 0 ? "(" + cut + " lines before)\n" : "";
    return head + String.join("\n", all);
  }

  private static String flags(FrameView f) {
    StringBuilder s = new StringBuilder();
    String names = "FSRPAUEC";
    for (int i = 0; i < names.length(); i++) {
      if (f.has(1 << i)) {
        s.append(names.charAt(i));
      }
    }
    return s.toString();
  }

  /** Describes a segment with its numbers as on the wire. */
  static String describe(FrameView f) {
    if (!f.tcp) {
      return "a frame that isn't TCP";
    }
    return f.sourcePort
        + " > "
        + f.destinationPort
        + " "
        + flags(f)
        + " seq "
        + Integer.toUnsignedString(f.seq)
        + " len "
        + f.payload
        + " ack "
        + Integer.toUnsignedString(f.ack)
        + " win "
        + f.window;
  }
}
