package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ABIs there are, and how they differ. */
class DpdkAbiTest {
  /**
   * What {@code DpdkAbiProbeTest} prints for each release's headers; only one is installed here.
   */
  @ParameterizedTest
  @CsvSource(
      useHeadersInDisplayName = true,
      textBlock =
          """
          abi, conf, pktlen, rxqs, txqs, rx, rxq, tx, txq, prepare, stats, rss
          23,  2272, 36,     44,   46,   0,  24,  64, 88,  72,      704,   24
          24,  2280, 40,     48,   50,   16, 0,   80, 64,  88,      704,   32
          25,  2280, 40,     48,   50,   16, 0,   80, 64,  88,      704,   32
          26,  2280, 40,     48,   50,   16, 0,   80, 64,  88,      64,    32
          """)
  void layoutsAreThoseOfTheRelease(
      int version,
      int conf,
      int pktlen,
      int rxQueues,
      int txQueues,
      int rxBurst,
      int rxqData,
      int txBurst,
      int txqData,
      int txPrepare,
      int stats,
      int rss) {
    DpdkAbi abi = DpdkAbi.of(version);
    assertEquals(version, abi.version);
    assertEquals(conf, abi.ethConfBytes);
    assertEquals(pktlen, abi.devInfoMaxRxPktlen);
    assertEquals(rxQueues, abi.devInfoMaxRxQueues);
    assertEquals(txQueues, abi.devInfoMaxTxQueues);
    assertEquals(rxBurst, abi.fpRxBurst);
    assertEquals(rxqData, abi.fpRxqData);
    assertEquals(txBurst, abi.fpTxBurst);
    assertEquals(txqData, abi.fpTxqData);
    assertEquals(txPrepare, abi.fpTxPrepare);
    assertEquals(stats, abi.ethStatsBytes);
    assertEquals(rss, abi.rssConfBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 20, 22, 27, 2311, Integer.MAX_VALUE})
  void otherVersionsAreRefused(int version) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> DpdkAbi.of(version));
    assertEquals(
        "DPDK ABI "
            + version
            + " is not supported; supported are 23 (DPDK 22.11), 24 (23.11), 25 (24.11)"
            + " and 26 (25.11)",
        e.getMessage());
  }
}
