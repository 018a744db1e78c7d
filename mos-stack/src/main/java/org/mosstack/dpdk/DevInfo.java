package org.mosstack.dpdk;

import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Memory;

/**
 * What a port can do (struct rte_eth_dev_info).
 *
 * @param driver the driver's name
 * @param maxMtu largest MTU in bytes
 * @param maxRxPktlen longest frame in bytes, including all that the NIC strips
 * @param maxRxQueues receive queues
 * @param maxTxQueues transmit queues
 * @param rxOffloads RTE_ETH_RX_OFFLOAD bits
 * @param txOffloads RTE_ETH_TX_OFFLOAD bits
 * @param retaSize entries of the RSS table; 0 without one
 * @param hashKeyBytes bytes of the RSS key; 0 if any length will do
 * @param rssHashFunctions RTE_ETH_RSS bits
 */
record DevInfo(
    String driver,
    int maxMtu,
    long maxRxPktlen,
    int maxRxQueues,
    int maxTxQueues,
    long rxOffloads,
    long txOffloads,
    int retaSize,
    int hashKeyBytes,
    long rssHashFunctions) {
  private static final int NO_LIMIT = 0xFFFF; // UINT16_MAX, which ethdev itself puts there
  private static final int CRC_BYTES = 4;

  /** Reads the struct at an address. */
  static DevInfo read(long info, DpdkAbi abi) {
    return new DevInfo(
        DpdkLibraries.string(Memory.getLong(info + DpdkAbi.DEV_INFO_DRIVER_NAME)),
        Memory.getShort(info + DpdkAbi.DEV_INFO_MAX_MTU),
        Integer.toUnsignedLong(Memory.getInt(info + abi.devInfoMaxRxPktlen)),
        Memory.getShort(info + abi.devInfoMaxRxQueues),
        Memory.getShort(info + abi.devInfoMaxTxQueues),
        Memory.getLong(info + DpdkAbi.DEV_INFO_RX_OFFLOAD_CAPA),
        Memory.getLong(info + DpdkAbi.DEV_INFO_TX_OFFLOAD_CAPA),
        Memory.getShort(info + DpdkAbi.DEV_INFO_RETA_SIZE),
        Memory.getByte(info + DpdkAbi.DEV_INFO_HASH_KEY_SIZE),
        Memory.getLong(info + DpdkAbi.DEV_INFO_FLOW_TYPE_RSS_OFFLOADS));
  }

  /** Largest MTU that DPDK allows for the port, derived from both limits as DPDK does. */
  int mtuLimit() {
    boolean saysBoth = maxMtu != NO_LIMIT && maxRxPktlen > maxMtu;
    return saysBoth
        ? maxMtu
        : (int) Math.min(maxMtu, maxRxPktlen - EthernetHeader.BYTES - CRC_BYTES);
  }

  /** Whether the port spreads TCP flows over queues by a readable table. */
  boolean hasRss() {
    return (rssHashFunctions & DpdkAbi.RSS_NONFRAG_IPV4_TCP) != 0
        && retaSize > 0
        && Integer.bitCount(retaSize) == 1;
  }
}
