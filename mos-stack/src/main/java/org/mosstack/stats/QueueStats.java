package org.mosstack.stats;

/**
 * What one core sent and received on one device. Immutable.
 *
 * @param core the core's index
 * @param rxPackets packets received
 * @param rxBytes bytes received, including Ethernet headers
 * @param rxMissed packets that found a ring full
 * @param rxNoMbuf packets for which there was no buffer
 * @param rxErrors frames that were damaged, or that the device didn't understand
 * @param txPackets packets sent
 * @param txBytes bytes sent, including Ethernet headers
 */
public record QueueStats(
    int core,
    long rxPackets,
    long rxBytes,
    long rxMissed,
    long rxNoMbuf,
    long rxErrors,
    long txPackets,
    long txBytes) {
  /**
   * Reads a core's counters.
   *
   * @param core the core's index
   * @param counters its counters of the device
   * @return their current values
   */
  public static QueueStats of(int core, DeviceCounters counters) {
    return new QueueStats(
        core,
        counters.rxPackets(),
        counters.rxBytes(),
        counters.rxMissed(),
        counters.rxNoMbuf(),
        counters.rxBad(),
        counters.txPackets(),
        counters.txBytes());
  }
}
