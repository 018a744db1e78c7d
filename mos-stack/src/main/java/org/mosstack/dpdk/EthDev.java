package org.mosstack.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;
import org.mosstack.mbuf.Memory;

/**
 * One port's control functions (rte_ethdev.h), each named like DPDK's without {@code rte_eth_}.
 * Results are DPDK's: 0, or a negative errno. For one thread at a time.
 */
final class EthDev {
  private final DpdkLibraries libraries;
  private final DpdkAbi abi;
  private final short port;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment link = arena.allocate(DpdkAbi.LINK_BYTES, Long.BYTES);
  private final MemorySegment stats;
  private final ControlCall linkGetNowait;
  private final ControlCall statsGet;

  EthDev(DpdkLibraries libraries, int port) {
    this.libraries = libraries;
    this.port = (short) port;
    abi = libraries.abi();
    stats = arena.allocate(abi.ethStatsBytes, Long.BYTES);
    linkGetNowait = libraries.function(Rte.RTE_ETH_LINK_GET_NOWAIT);
    statsGet = libraries.function(Rte.RTE_ETH_STATS_GET);
  }

  /** The port of a device (rte_eth_dev_get_port_by_name); empty if it has none. */
  static OptionalInt portByName(DpdkLibraries libraries, String device) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment number = call.allocate(ValueLayout.JAVA_SHORT);
      int result =
          libraries
              .function(Rte.RTE_ETH_DEV_GET_PORT_BY_NAME)
              .call(call.allocateFrom(device), number);
      return result == 0
          ? OptionalInt.of(number.get(ValueLayout.JAVA_SHORT, 0))
          : OptionalInt.empty();
    }
  }

  /** Whether there is a port of this number (rte_eth_dev_is_valid_port). */
  static boolean isValidPort(DpdkLibraries libraries, int port) {
    return port < DpdkAbi.MAX_ETHPORTS
        && libraries.function(Rte.RTE_ETH_DEV_IS_VALID_PORT).call((short) port) != 0;
  }

  int port() {
    return port;
  }

  /** The name of the port's device (rte_eth_dev_get_name_by_port). */
  String name() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment name = call.allocate(DpdkAbi.ETH_NAME_MAX_LEN);
      libraries.function(Rte.RTE_ETH_DEV_GET_NAME_BY_PORT).call(port, name);
      return name.getString(0);
    }
  }

  /** What the port can do (rte_eth_dev_info_get). */
  DevInfo devInfoGet() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment info = call.allocate(DpdkAbi.DEV_INFO_BYTES, Long.BYTES);
      int result = libraries.function(Rte.RTE_ETH_DEV_INFO_GET).call(port, info);
      if (result != 0) {
        throw new IllegalStateException("rte_eth_dev_info_get: " + result);
      }
      return DevInfo.read(info.address(), abi);
    }
  }

  /** Its MAC address, 48 bits (rte_eth_macaddr_get). */
  long macaddrGet() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment mac = call.allocate(DpdkAbi.ETHER_ADDR_BYTES);
      libraries.function(Rte.RTE_ETH_MACADDR_GET).call(port, mac);
      long value = 0;
      for (int i = 0; i < DpdkAbi.ETHER_ADDR_BYTES; i++) {
        value = value << Byte.SIZE | mac.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
      }
      return value;
    }
  }

  /** Its MTU in bytes (rte_eth_dev_get_mtu). */
  int devGetMtu() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment mtu = call.allocate(ValueLayout.JAVA_SHORT);
      libraries.function(Rte.RTE_ETH_DEV_GET_MTU).call(port, mtu);
      return mtu.get(ValueLayout.JAVA_SHORT, 0) & 0xFFFF;
    }
  }

  /** Sets its MTU (rte_eth_dev_set_mtu). */
  int devSetMtu(int mtu) {
    return libraries.function(Rte.RTE_ETH_DEV_SET_MTU).call(port, (short) mtu);
  }

  /** Its CPU socket (rte_eth_dev_socket_id), or a negative number if that doesn't matter. */
  int devSocketId() {
    return libraries.function(Rte.RTE_ETH_DEV_SOCKET_ID).call(port);
  }

  /**
   * Configures it (rte_eth_dev_configure).
   *
   * @param rssHashFunctions RTE_ETH_RSS bits that flows are spread by; 0 for not at all
   * @param rssKey key for that; null for the port's own
   */
  int devConfigure(
      int rxQueues,
      int txQueues,
      int mtu,
      long rxOffloads,
      long txOffloads,
      long rssHashFunctions,
      byte[] rssKey) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment conf = call.allocate(abi.ethConfBytes, Long.BYTES);
      conf.set(ValueLayout.JAVA_INT, DpdkAbi.ETH_CONF_RX_MTU, mtu);
      conf.set(ValueLayout.JAVA_LONG, DpdkAbi.ETH_CONF_RX_OFFLOADS, rxOffloads);
      conf.set(ValueLayout.JAVA_LONG, DpdkAbi.ETH_CONF_TX_OFFLOADS, txOffloads);
      if (rssHashFunctions != 0) {
        conf.set(ValueLayout.JAVA_INT, DpdkAbi.ETH_CONF_RX_MQ_MODE, DpdkAbi.MQ_RX_RSS);
        conf.set(ValueLayout.JAVA_LONG, DpdkAbi.ETH_CONF_RSS_HF, rssHashFunctions);
      }
      if (rssHashFunctions != 0 && rssKey != null) {
        MemorySegment key = call.allocateFrom(ValueLayout.JAVA_BYTE, rssKey);
        conf.set(ValueLayout.ADDRESS, DpdkAbi.ETH_CONF_RSS_KEY, key);
        conf.set(ValueLayout.JAVA_BYTE, DpdkAbi.ETH_CONF_RSS_KEY_LEN, (byte) rssKey.length);
      }
      return libraries
          .function(Rte.RTE_ETH_DEV_CONFIGURE)
          .call(port, (short) rxQueues, (short) txQueues, conf);
    }
  }

  /**
   * The numbers of descriptors that the port will actually have (rte_eth_dev_adjust_nb_rx_tx_desc).
   *
   * @param wanted the numbers for receive and transmit; changed to what the port allows
   */
  int devAdjustDescriptors(int[] wanted) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment counts = call.allocate(2 * Short.BYTES, Short.BYTES);
      counts.set(ValueLayout.JAVA_SHORT, 0, (short) wanted[0]);
      counts.set(ValueLayout.JAVA_SHORT, Short.BYTES, (short) wanted[1]);
      int result =
          libraries
              .function(Rte.RTE_ETH_DEV_ADJUST_NB_RX_TX_DESC)
              .call(port, counts, counts.asSlice(Short.BYTES));
      wanted[0] = counts.get(ValueLayout.JAVA_SHORT, 0) & 0xFFFF;
      wanted[1] = counts.get(ValueLayout.JAVA_SHORT, Short.BYTES) & 0xFFFF;
      return result;
    }
  }

  /** Sets up a receive queue with the driver's default thresholds (rte_eth_rx_queue_setup). */
  int rxQueueSetup(int queue, int descriptors, Mempool pool) {
    return libraries
        .function(Rte.RTE_ETH_RX_QUEUE_SETUP)
        .call(
            port,
            (short) queue,
            (short) descriptors,
            devSocketId(),
            MemorySegment.NULL,
            pool.address());
  }

  /** Sets up a transmit queue with the driver's default thresholds (rte_eth_tx_queue_setup). */
  int txQueueSetup(int queue, int descriptors) {
    return libraries
        .function(Rte.RTE_ETH_TX_QUEUE_SETUP)
        .call(port, (short) queue, (short) descriptors, devSocketId(), MemorySegment.NULL);
  }

  /** rte_eth_dev_start. */
  int devStart() {
    return libraries.function(Rte.RTE_ETH_DEV_START).call(port);
  }

  /** rte_eth_dev_stop. */
  int devStop() {
    return libraries.function(Rte.RTE_ETH_DEV_STOP).call(port);
  }

  /** Closes the port (rte_eth_dev_close); nothing else may be called afterwards. */
  int devClose() {
    int result = libraries.function(Rte.RTE_ETH_DEV_CLOSE).call(port);
    arena.close();
    return result;
  }

  /** Whether the link is up, without waiting for it (rte_eth_link_get_nowait). */
  boolean isLinkUp() {
    int result = linkGetNowait.call(port, link);
    int status = link.get(ValueLayout.JAVA_BYTE, DpdkAbi.LINK_STATUS);
    return result == 0 && (status & DpdkAbi.LINK_STATUS_MASK) != 0;
  }

  /** The port's counters (rte_eth_stats_get); null if unavailable. */
  PortStats statsGet() {
    if (statsGet.call(port, stats) != 0) {
      return null;
    }
    return new PortStats(
        stats.get(ValueLayout.JAVA_LONG, DpdkAbi.STATS_IMISSED),
        stats.get(ValueLayout.JAVA_LONG, DpdkAbi.STATS_RX_NOMBUF),
        stats.get(ValueLayout.JAVA_LONG, DpdkAbi.STATS_IERRORS));
  }

  /**
   * The RSS key in use (rte_eth_dev_rss_hash_conf_get).
   *
   * @param bytes receives the key, {@link PortRss#MAX_KEY_BYTES} or more
   * @param length the number of bytes requested; changed to what the driver leaves there
   */
  int rssHashConfGet(byte[] bytes, int[] length) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment key = call.allocate(bytes.length);
      MemorySegment conf = call.allocate(abi.rssConfBytes, Long.BYTES);
      conf.set(ValueLayout.ADDRESS, DpdkAbi.RSS_CONF_KEY, key);
      conf.set(ValueLayout.JAVA_BYTE, DpdkAbi.RSS_CONF_KEY_LEN, (byte) length[0]);
      int result = libraries.function(Rte.RTE_ETH_DEV_RSS_HASH_CONF_GET).call(port, conf);
      length[0] = conf.get(ValueLayout.JAVA_BYTE, DpdkAbi.RSS_CONF_KEY_LEN) & 0xFF;
      MemorySegment.copy(key, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
      return result;
    }
  }

  /**
   * The table from hash to queue (rte_eth_dev_rss_reta_query).
   *
   * @param size its entries, rte_eth_dev_info.reta_size
   */
  PortRss.Answer<int[]> rssRetaQuery(int size) {
    int groups = (size + DpdkAbi.RETA_GROUP_SIZE - 1) / DpdkAbi.RETA_GROUP_SIZE;
    try (Arena call = Arena.ofConfined()) {
      MemorySegment table = call.allocate((long) groups * DpdkAbi.RETA_ENTRY_BYTES, Long.BYTES);
      for (int group = 0; group < groups; group++) {
        long offset = (long) group * DpdkAbi.RETA_ENTRY_BYTES + DpdkAbi.RETA_ENTRY_MASK;
        table.set(ValueLayout.JAVA_LONG, offset, -1L);
      }
      int result =
          libraries.function(Rte.RTE_ETH_DEV_RSS_RETA_QUERY).call(port, table, (short) size);
      int[] reta = new int[size];
      for (int i = 0; i < size; i++) {
        long group = (long) (i / DpdkAbi.RETA_GROUP_SIZE) * DpdkAbi.RETA_ENTRY_BYTES;
        long entry = (long) (i % DpdkAbi.RETA_GROUP_SIZE) * Short.BYTES;
        reta[i] =
            table.get(ValueLayout.JAVA_SHORT, group + DpdkAbi.RETA_ENTRY_RETA + entry) & 0xFFFF;
      }
      return new PortRss.Answer<>(result, reta);
    }
  }

  /** Address of the receive function that rte_eth_rx_burst calls; of a started port. */
  MemorySegment rxBurst() {
    return MemorySegment.ofAddress(Memory.getLong(fpOps() + abi.fpRxBurst));
  }

  /** Address of the transmit function that rte_eth_tx_burst calls; of a started port. */
  MemorySegment txBurst() {
    return MemorySegment.ofAddress(Memory.getLong(fpOps() + abi.fpTxBurst));
  }

  /** Address of a receive queue, for {@link #rxBurst}; of a started port. */
  long rxQueue(int queue) {
    return Memory.getLong(Memory.getLong(fpOps() + abi.fpRxqData) + (long) queue * Long.BYTES);
  }

  /** Address of a transmit queue, for {@link #txBurst}; of a started port. */
  long txQueue(int queue) {
    return Memory.getLong(Memory.getLong(fpOps() + abi.fpTxqData) + (long) queue * Long.BYTES);
  }

  private long fpOps() {
    return libraries.symbol("rte_eth_fp_ops").address() + (long) port * DpdkAbi.FP_OPS_BYTES;
  }
}
