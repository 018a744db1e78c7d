package org.mosstack.socket;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The congestion control algorithms of a connection, by name (TCP_CONGESTION). */
public enum CongestionAlgorithm {
  /** RFC 5681 and RFC 6582. */
  NEWRENO("newreno"),
  /** RFC 9438, with HyStart++ (RFC 9406). The default. */
  CUBIC("cubic"),
  /** Version 3, draft-ietf-ccwg-bbr. Always paced. */
  BBR("bbr");

  private final String id;

  CongestionAlgorithm(String id) {
    this.id = id;
  }

  /** Returns the name that {@link #of} takes, in lower case. */
  public String id() {
    return id;
  }

  /**
   * Returns the algorithm with this name.
   *
   * @param id a name, exactly as {@link #id()} returns it
   * @throws IllegalArgumentException if no algorithm has the name; the message lists those allowed
   */
  public static CongestionAlgorithm of(String id) {
    for (CongestionAlgorithm algorithm : values()) {
      if (algorithm.id.equals(id)) {
        return algorithm;
      }
    }
    String allowed =
        Arrays.stream(values()).map(CongestionAlgorithm::id).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "unknown congestion control: " + id + " (allowed: " + allowed + ")");
  }
}
