package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What tshark finds odd in a capture of healthy connections, and wrong checksums. Not odd: a
 * segment sent again after 150 ms and more without a word from its sender, and the duplicate ACK
 * that it gets (RFC 2883). That is a loss probe (RFC 8985) or a timeout, which a machine whose
 * other end rests for so long brings about.
 */
final class OddPackets {
  private static final double REST_SECONDS = 0.15;

  private static final String ODD =
      "tcp.stream >= %d && tcp.analysis.flags && !tcp.analysis.keep_alive"
          + " && !tcp.analysis.keep_alive_ack && !tcp.analysis.window_update"
          + " && !tcp.analysis.reused_ports || "
          + Capture.WRONG_CHECKSUM;

  private static final String[] FIELDS = {
    "frame.number",
    "frame.time_relative",
    "tcp.stream",
    "ip.src",
    "tcp.checksum.status",
    "ip.checksum.status",
    "tcp.flags.syn",
    "tcp.flags.fin",
    "tcp.len",
    "tcp.ack",
    "tcp.options.sack_le"
  };

  private final Map<String, String> flagged = new HashMap<>();
  private final Map<String, Double> lastSent = new HashMap<>();
  private final Map<String, String> repeaters = new HashMap<>();
  private final List<String> odd = new ArrayList<>();

  private OddPackets() {}

  /**
   * Asserts that a capture has so many connections, all of which do what healthy ones do, from some
   * connection on, and that every checksum is right.
   */
  static void assertNone(Capture capture, int connections, int first)
      throws IOException, InterruptedException {
    int opened = capture.lines("tcp.flags.syn == 1 && tcp.flags.ack == 1").size();
    assertEquals(connections, opened, "connections");
    assertEquals("", String.join("\n", find(capture, first)), "odd packets");
  }

  /** Returns the odd packets of a capture from some connection on, as tshark describes them. */
  private static List<String> find(Capture capture, int first)
      throws IOException, InterruptedException {
    return find(capture.lines(ODD.formatted(first)), capture.fields("tcp", FIELDS));
  }

  /**
   * Returns those of the packets flagged by tshark that are odd.
   *
   * @param flagged the packets as tshark describes them, by their number first
   * @param all the fields of all packets
   */
  static List<String> find(List<String> flagged, List<String> all) {
    OddPackets packets = new OddPackets();
    flagged.forEach(line -> packets.flagged.put(line.strip().split(" ", 2)[0], line));
    all.forEach(line -> packets.take(line.split("\t", -1)));
    return packets.odd;
  }

  private void take(String[] fields) {
    double seconds = Double.parseDouble(fields[1]);
    String connection = fields[2];
    String source = fields[3];
    String sender = connection + " " + source;
    boolean empty = isZero(fields[6]) && isZero(fields[7]) && isZero(fields[8]);
    Double before = lastSent.put(sender, seconds);
    boolean repeats = !empty && before != null && seconds - before >= REST_SECONDS;
    boolean answers =
        empty && isDuplicate(fields) && !repeaters.getOrDefault(connection, source).equals(source);
    String line = flagged.get(fields[0]);
    if (line == null) {
      return;
    }
    if (repeats) {
      repeaters.put(connection, source);
    }
    if (isWrong(fields) || !repeats && !answers) {
      odd.add(line);
    }
  }

  /** Returns whether the first SACK block is of what is acknowledged: a D-SACK. */
  private static boolean isDuplicate(String[] fields) {
    String left = fields[10].split(",")[0];
    return !left.isEmpty() && Long.parseLong(left) < Long.parseLong(fields[9]);
  }

  private static boolean isWrong(String[] fields) {
    return isZero(fields[4]) || isZero(fields[5]);
  }

  /** Returns whether a number is 0 or a flag isn't set, in the words of any release of tshark. */
  private static boolean isZero(String value) {
    return value.equals("0") || value.equals("False");
  }
}
