package org.mosstack.tcp;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The congestion controls that a connection can be given, by name (TCP_CONGESTION). */
public enum CongestionAlgorithm {
  /** RFC 5681 and RFC 6582. */
  NEWRENO("newreno", NewReno::new),
  /** RFC 9438, with HyStart++ (RFC 9406). The default. */
  CUBIC("cubic", Cubic::new),
  /** Version 3, draft-ietf-ccwg-bbr. Its sending is always paced. */
  BBR("bbr", Bbr::new);

  private final String id;
  private final Supplier<CongestionControl> maker;

  CongestionAlgorithm(String id, Supplier<CongestionControl> maker) {
    this.id = id;
    this.maker = maker;
  }

  /** The name that {@link #of} takes, lower case. */
  public String id() {
    return id;
  }

  /**
   * The algorithm of a name.
   *
   * @param id a name, exactly as {@link #id()} has it
   * @throws IllegalArgumentException when nothing has the name; the message says what is allowed
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

  /** A new control, to be reset before it is used. */
  CongestionControl create() {
    return maker.get();
  }
}
