package org.mosstack.bench.flood;

import java.util.ArrayList;
import java.util.List;

/**
 * The state of the server at one moment.
 *
 * @param timeMillis wall-clock time, milliseconds since 1970
 * @param connections number in any state, including half-open
 * @param halfOpen number of the listener's connections whose handshake isn't complete
 * @param buffers packet buffers in use
 * @param heapBytes used on the heap after its last collection
 * @param residentBytes the process's resident memory
 * @param segments TCP segments received since the start
 */
record Sample(
    long timeMillis,
    long connections,
    int halfOpen,
    int buffers,
    long heapBytes,
    long residentBytes,
    long segments) {
  private static final String WORD = "sample ";

  /** Returns the line that {@link #read} parses. */
  @Override
  public String toString() {
    return WORD
        + "%d %d %d %d %d %d %d"
            .formatted(
                timeMillis, connections, halfOpen, buffers, heapBytes, residentBytes, segments);
  }

  /** Returns the samples among lines; ignores an incomplete last line. */
  static List<Sample> read(String text) {
    List<Sample> samples = new ArrayList<>();
    text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith(WORD))
        .map(line -> line.substring(WORD.length()).split(" "))
        .forEach(
            f ->
                samples.add(
                    new Sample(
                        Long.parseLong(f[0]),
                        Long.parseLong(f[1]),
                        Integer.parseInt(f[2]),
                        Integer.parseInt(f[3]),
                        Long.parseLong(f[4]),
                        Long.parseLong(f[5]),
                        Long.parseLong(f[6]))));
    return samples;
  }
}
