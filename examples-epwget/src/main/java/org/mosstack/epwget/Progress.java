package org.mosstack.epwget;

import java.io.PrintStream;

/**
 * Is told how a run goes. Called before the first flow, then once a second by a thread of its own,
 * and once more at the end, by the thread that ends the run; never by two at once.
 */
public interface Progress {
  /**
   * What happened since the call before.
   *
   * @param seconds how long that was; shorter for the last call
   * @param connects connections begun
   * @param bytesRead bytes received, headers included
   * @param bytesWritten bytes sent
   * @param completes flows that completed
   * @param meanMicros their mean response time, microseconds; 0 if there were none
   * @param maxMicros their longest
   */
  record Interval(
      double seconds,
      long connects,
      long bytesRead,
      long bytesWritten,
      long completes,
      long meanMicros,
      long maxMicros) {}

  /**
   * How the load is divided.
   *
   * @param line a line about that, without its newline
   */
  void plan(String line);

  /** What happened since the call before. */
  void interval(Interval interval);

  /** Prints the lines of the original. */
  static Progress original(PrintStream out) {
    return new OriginalProgress(out);
  }
}
