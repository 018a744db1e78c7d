package org.mosstack.tcp.congestion;

/** The states of BBR (section 5.1.1), with their gains in percent. */
enum BbrState {
  STARTUP(277, 200),
  DRAIN(35, 200),
  PROBE_BW_DOWN(90, 200),
  PROBE_BW_CRUISE(100, 200),
  PROBE_BW_REFILL(100, 200),
  PROBE_BW_UP(125, 225),
  PROBE_RTT(100, 50);

  final int pacingGain;
  final int cwndGain;

  BbrState(int pacingGain, int cwndGain) {
    this.pacingGain = pacingGain;
    this.cwndGain = cwndGain;
  }

  boolean isProbeBw() {
    return this == PROBE_BW_DOWN
        || this == PROBE_BW_CRUISE
        || this == PROBE_BW_REFILL
        || this == PROBE_BW_UP;
  }

  /** Whether it sends more to find out whether the path can take it. */
  boolean isProbing() {
    return this == STARTUP || this == PROBE_BW_REFILL || this == PROBE_BW_UP;
  }
}
