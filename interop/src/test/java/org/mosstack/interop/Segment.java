package org.mosstack.interop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A TCP segment of a capture.
 *
 * @param seconds since the capture's first packet
 * @param connection tshark's number
 * @param source the sender's address
 * @param sequence relative to the connection's start number
 * @param length bytes of data
 * @param blocks what it says by SACK
 */
record Segment(
    double seconds, int connection, String source, long sequence, long length, List<Block> blocks) {

  /** A SACK block: from the first byte received to the one after the last. */
  record Block(long left, long right) {
    /** Returns whether all of a segment's data is in it. */
    boolean covers(Segment segment) {
      return left <= segment.sequence && segment.sequence + segment.length <= right;
    }
  }

  /** Returns all segments of a capture, in order. */
  static List<Segment> readAll(Capture capture) throws IOException, InterruptedException {
    return capture
        .fields(
            "tcp",
            "frame.time_relative",
            "tcp.stream",
            "ip.src",
            "tcp.seq",
            "tcp.len",
            "tcp.options.sack_le",
            "tcp.options.sack_re")
        .stream()
        .map(Segment::parse)
        .toList();
  }

  private static Segment parse(String line) {
    String[] fields = line.split("\t", -1);
    return new Segment(
        Double.parseDouble(fields[0]),
        Integer.parseInt(fields[1]),
        fields[2],
        Long.parseLong(fields[3]),
        Long.parseLong(fields[4]),
        parseBlocks(fields[5], fields[6]));
  }

  private static List<Block> parseBlocks(String lefts, String rights) {
    List<Block> blocks = new ArrayList<>();
    if (!lefts.isEmpty()) {
      String[] left = lefts.split(",");
      String[] right = rights.split(",");
      for (int i = 0; i < left.length; i++) {
        blocks.add(new Block(Long.parseLong(left[i]), Long.parseLong(right[i])));
      }
    }
    return blocks;
  }

  boolean hasData() {
    return length > 0;
  }

  /** Returns the sequence number after its last byte. */
  long end() {
    return sequence + length;
  }
}
