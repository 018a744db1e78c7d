package org.mosstack.bench.flood;

import java.util.ArrayList;
import java.util.List;

/**
 * What the server held at a moment.
 *
 * @param timeMillis wall-clock time, milliseconds since 1970
 * @param connections of any state, half-open ones included
 * @param halfOpen connections of the listener whose handshake isn't done
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

  /** The line that {@link #read} understands. */
  @Override
  public String toString() {
    return WORD
        + "%d %d %d %d %d %d %d"
            .formatted(
                timeMillis, connections, halfOpen, buffers, heapBytes, residentBytes, segments);
  }

  /** The samples among lines; a last line that isn't whole is left out. */
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
