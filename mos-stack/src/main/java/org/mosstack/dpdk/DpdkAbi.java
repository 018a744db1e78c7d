package org.mosstack.dpdk;

/**
 * Layouts of DPDK's structs on x86-64, for each supported ABI: 23 (DPDK 22.11), 24 (23.11), 25
 * (24.11) and 26 (25.11).
 *
 * <p>Numbers only. What all ABIs share is a constant; what differs is a field of the instance for
 * one ABI. Offsets and sizes are in bytes, and the C type of each gives the value's width. They
 * hold for DPDK's default build: 64-byte cache lines, IOVAs in mbufs. The fields of {@code
 * rte_mbuf} are {@link org.mosstack.mbuf.Mbuf}'s. {@code DpdkAbiProbeTest} compares all of them
 * with what a C compiler makes of the installed headers.
 *
 * <p>Immutable; any thread may use it.
 */
final class DpdkAbi {
  /** The lowest ABI supported: DPDK 22.11. */
  static final int MIN_VERSION = 23;

  /** The highest ABI supported: DPDK 25.11. */
  static final int MAX_VERSION = 26;

  // Limits of a default build (rte_build_config.h)

  /** {@code RTE_MAX_ETHPORTS}: entries of {@code rte_eth_fp_ops[]}; port numbers are below it. */
  static final int MAX_ETHPORTS = 32;

  /** {@code RTE_MAX_LCORE}: lcore numbers are below it. */
  static final int MAX_LCORE = 128;

  /** {@code RTE_PKTMBUF_HEADROOM}: bytes free in front of a received packet. */
  static final int PKTMBUF_HEADROOM = 128;

  /** {@code RTE_ETH_NAME_MAX_LEN}: bytes of a port's name, including the terminating 0. */
  static final int ETH_NAME_MAX_LEN = 64;

  /** {@code RTE_MEMPOOL_CACHE_MAX_SIZE}: objects in an lcore's cache of a pool. */
  static final int MEMPOOL_CACHE_MAX_SIZE = 512;

  // struct rte_eth_conf (rte_ethdev.h), for rte_eth_dev_configure; its size differs

  /** {@code rte_eth_conf.link_speeds}, u32; 0 is RTE_ETH_LINK_SPEED_AUTONEG. */
  static final int ETH_CONF_LINK_SPEEDS = 0;

  /** {@code rte_eth_conf.rxmode.mq_mode}, a 4-byte enum. */
  static final int ETH_CONF_RX_MQ_MODE = 8;

  /** {@code rte_eth_conf.rxmode.mtu}, u32. */
  static final int ETH_CONF_RX_MTU = 12;

  /** {@code rte_eth_conf.rxmode.offloads}, u64 of RTE_ETH_RX_OFFLOAD bits. */
  static final int ETH_CONF_RX_OFFLOADS = 24;

  /** {@code rte_eth_conf.txmode.offloads}, u64 of RTE_ETH_TX_OFFLOAD bits. */
  static final int ETH_CONF_TX_OFFLOADS = 72;

  /** {@code rte_eth_conf.rx_adv_conf.rss_conf.rss_key}, a pointer. */
  static final int ETH_CONF_RSS_KEY = 128;

  /** {@code rte_eth_conf.rx_adv_conf.rss_conf.rss_key_len}, u8. */
  static final int ETH_CONF_RSS_KEY_LEN = 136;

  /** {@code rte_eth_conf.rx_adv_conf.rss_conf.rss_hf}, u64 of RTE_ETH_RSS bits. */
  static final int ETH_CONF_RSS_HF = 144;

  // struct rte_eth_dev_info (rte_ethdev.h), from rte_eth_dev_info_get; some fields differ

  /** {@code sizeof(struct rte_eth_dev_info)}. */
  static final int DEV_INFO_BYTES = 376;

  /** {@code rte_eth_dev_info.driver_name}, a pointer to a C string. */
  static final int DEV_INFO_DRIVER_NAME = 8;

  /** {@code rte_eth_dev_info.min_mtu}, u16. */
  static final int DEV_INFO_MIN_MTU = 20;

  /** {@code rte_eth_dev_info.max_mtu}, u16. */
  static final int DEV_INFO_MAX_MTU = 22;

  /** {@code rte_eth_dev_info.min_rx_bufsize}, u32. */
  static final int DEV_INFO_MIN_RX_BUFSIZE = 32;

  /** {@code rte_eth_dev_info.rx_offload_capa}, u64 of RTE_ETH_RX_OFFLOAD bits. */
  static final int DEV_INFO_RX_OFFLOAD_CAPA = 72;

  /** {@code rte_eth_dev_info.tx_offload_capa}, u64 of RTE_ETH_TX_OFFLOAD bits. */
  static final int DEV_INFO_TX_OFFLOAD_CAPA = 80;

  /** {@code rte_eth_dev_info.reta_size}, u16: entries of the redirection table. */
  static final int DEV_INFO_RETA_SIZE = 104;

  /** {@code rte_eth_dev_info.hash_key_size}, u8: bytes of the RSS key. */
  static final int DEV_INFO_HASH_KEY_SIZE = 106;

  /** {@code rte_eth_dev_info.flow_type_rss_offloads}, u64 of RTE_ETH_RSS bits. */
  static final int DEV_INFO_FLOW_TYPE_RSS_OFFLOADS = 112;

  /** {@code rte_eth_dev_info.rx_desc_lim.nb_max}, u16. */
  static final int DEV_INFO_RX_DESC_MAX = 262;

  /** {@code rte_eth_dev_info.rx_desc_lim.nb_min}, u16. */
  static final int DEV_INFO_RX_DESC_MIN = 264;

  /** {@code rte_eth_dev_info.rx_desc_lim.nb_align}, u16. */
  static final int DEV_INFO_RX_DESC_ALIGN = 266;

  /** {@code rte_eth_dev_info.tx_desc_lim.nb_max}, u16. */
  static final int DEV_INFO_TX_DESC_MAX = 272;

  /** {@code rte_eth_dev_info.tx_desc_lim.nb_min}, u16. */
  static final int DEV_INFO_TX_DESC_MIN = 274;

  /** {@code rte_eth_dev_info.tx_desc_lim.nb_align}, u16. */
  static final int DEV_INFO_TX_DESC_ALIGN = 276;

  /** {@code rte_eth_dev_info.default_rxportconf.ring_size}, u16; 0 when the driver says none. */
  static final int DEV_INFO_DEFAULT_RX_RING_SIZE = 296;

  /** {@code rte_eth_dev_info.default_txportconf.ring_size}, u16; 0 when the driver says none. */
  static final int DEV_INFO_DEFAULT_TX_RING_SIZE = 302;

  // struct rte_eth_fp_ops (rte_ethdev_core.h), an entry of rte_eth_fp_ops[]; its fields differ

  /** {@code sizeof(struct rte_eth_fp_ops)}: from one port's entry to the next. */
  static final int FP_OPS_BYTES = 128;

  // struct rte_mempool and rte_mempool_ops_table (rte_mempool.h)

  /** {@code rte_mempool.ops_index}, i32: the pool's entry in {@code rte_mempool_ops_table}. */
  static final int MEMPOOL_OPS_INDEX = 88;

  /** {@code sizeof(struct rte_pktmbuf_pool_private)}: what a pool of mbufs stores besides them. */
  static final int PKTMBUF_POOL_PRIVATE_BYTES = 8;

  /** {@code RTE_MEMPOOL_F_NO_IOVA_CONTIG}: objects needn't lie in one piece for a device. */
  static final int MEMPOOL_F_NO_IOVA_CONTIG = 0x20;

  /** {@code rte_mempool_ops_table.ops}: the first entry. */
  static final int OPS_TABLE_OPS = 64;

  /** {@code sizeof(struct rte_mempool_ops)}: from one entry to the next. */
  static final int OPS_BYTES = 128;

  /** {@code rte_mempool_ops.enqueue}: a function pointer, puts objects back. */
  static final int OPS_ENQUEUE = 48;

  /** {@code rte_mempool_ops.dequeue}: a function pointer, takes objects. */
  static final int OPS_DEQUEUE = 56;

  // struct rte_eth_stats (rte_ethdev.h), from rte_eth_stats_get; its size differs

  /** {@code rte_eth_stats.ipackets}, u64. */
  static final int STATS_IPACKETS = 0;

  /** {@code rte_eth_stats.opackets}, u64. */
  static final int STATS_OPACKETS = 8;

  /** {@code rte_eth_stats.ibytes}, u64. */
  static final int STATS_IBYTES = 16;

  /** {@code rte_eth_stats.obytes}, u64. */
  static final int STATS_OBYTES = 24;

  /** {@code rte_eth_stats.imissed}, u64: dropped because no receive descriptor was free. */
  static final int STATS_IMISSED = 32;

  /** {@code rte_eth_stats.ierrors}, u64. */
  static final int STATS_IERRORS = 40;

  /** {@code rte_eth_stats.oerrors}, u64. */
  static final int STATS_OERRORS = 48;

  /** {@code rte_eth_stats.rx_nombuf}, u64: receptions that found the pool empty. */
  static final int STATS_RX_NOMBUF = 56;

  // struct rte_eth_link (rte_ethdev.h), from rte_eth_link_get_nowait

  /** {@code sizeof(struct rte_eth_link)}. */
  static final int LINK_BYTES = 8;

  /** {@code rte_eth_link.link_speed}, u32: Mbit/s, 0 none, {@link #SPEED_NUM_UNKNOWN}. */
  static final int LINK_SPEED = 0;

  /** The byte of {@code rte_eth_link} that holds {@code link_status}. */
  static final int LINK_STATUS = 4;

  /** The bit of that byte: set when the link is up. */
  static final int LINK_STATUS_MASK = 1 << 2;

  /** {@code RTE_ETH_SPEED_NUM_UNKNOWN}: the link is up at a speed that the driver can't tell. */
  static final int SPEED_NUM_UNKNOWN = -1;

  // struct rte_eth_rss_conf (rte_ethdev.h), for rte_eth_dev_rss_hash_conf_get; its size differs

  /** {@code rte_eth_rss_conf.rss_key}, a pointer to the key's bytes. */
  static final int RSS_CONF_KEY = 0;

  /** {@code rte_eth_rss_conf.rss_key_len}, u8. */
  static final int RSS_CONF_KEY_LEN = 8;

  /** {@code rte_eth_rss_conf.rss_hf}, u64 of RTE_ETH_RSS bits. */
  static final int RSS_CONF_HF = 16;

  // struct rte_eth_rss_reta_entry64 (rte_ethdev.h), for rte_eth_dev_rss_reta_query and _update

  /** {@code RTE_ETH_RETA_GROUP_SIZE}: entries of the redirection table in one group. */
  static final int RETA_GROUP_SIZE = 64;

  /** {@code sizeof(struct rte_eth_rss_reta_entry64)}: one group. */
  static final int RETA_ENTRY_BYTES = 136;

  /** {@code rte_eth_rss_reta_entry64.mask}, u64: the entries to query or set. */
  static final int RETA_ENTRY_MASK = 0;

  /** {@code rte_eth_rss_reta_entry64.reta}, u16 each: queues. */
  static final int RETA_ENTRY_RETA = 8;

  // struct rte_ether_addr (rte_ether.h)

  /** {@code sizeof(struct rte_ether_addr)}. */
  static final int ETHER_ADDR_BYTES = 6;

  // Constants of rte_ethdev.h

  /** {@code RTE_ETH_MQ_RX_RSS}, for {@link #ETH_CONF_RX_MQ_MODE}. */
  static final int MQ_RX_RSS = 1;

  /** {@code RTE_ETH_RSS_IPV4}: hash the addresses. */
  static final long RSS_IPV4 = 1L << 2;

  /** {@code RTE_ETH_RSS_NONFRAG_IPV4_TCP}: hash the addresses and TCP ports. */
  static final long RSS_NONFRAG_IPV4_TCP = 1L << 4;

  /** {@code RTE_ETH_RX_OFFLOAD_IPV4_CKSUM}: the port checks IPv4 header checksums. */
  static final long RX_OFFLOAD_IPV4_CKSUM = 1L << 1;

  /** {@code RTE_ETH_RX_OFFLOAD_TCP_CKSUM}: the port checks TCP checksums. */
  static final long RX_OFFLOAD_TCP_CKSUM = 1L << 3;

  /** {@code RTE_ETH_RX_OFFLOAD_SCATTER}: a packet may arrive in more than one mbuf. */
  static final long RX_OFFLOAD_SCATTER = 1L << 13;

  /** {@code RTE_ETH_RX_OFFLOAD_RSS_HASH}: mbufs carry the RSS hash. */
  static final long RX_OFFLOAD_RSS_HASH = 1L << 19;

  /** {@code RTE_ETH_TX_OFFLOAD_IPV4_CKSUM}: the port fills in IPv4 header checksums. */
  static final long TX_OFFLOAD_IPV4_CKSUM = 1L << 1;

  /** {@code RTE_ETH_TX_OFFLOAD_TCP_CKSUM}: the port fills in TCP checksums. */
  static final long TX_OFFLOAD_TCP_CKSUM = 1L << 3;

  /** {@code RTE_ETH_TX_OFFLOAD_MULTI_SEGS}: a packet may be sent from more than one mbuf. */
  static final long TX_OFFLOAD_MULTI_SEGS = 1L << 15;

  /** {@code RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE}: one pool, one reference, one segment for all. */
  static final long TX_OFFLOAD_MBUF_FAST_FREE = 1L << 16;

  // Constants of rte_memory.h and rte_interrupts.h

  /** {@code SOCKET_ID_ANY}: memory of any socket. */
  static final int SOCKET_ID_ANY = -1;

  /** {@code RTE_INTR_INSTANCE_F_PRIVATE}, for rte_intr_instance_alloc. */
  static final int INTR_INSTANCE_F_PRIVATE = 0;

  /** {@code RTE_INTR_HANDLE_EXT}, for rte_intr_type_set: a file descriptor of the application's. */
  static final int INTR_HANDLE_EXT = 7;

  /** The ABI: the number that ends the library's name, as in {@code librte_eal.so.23}. */
  final int version;

  /** {@code sizeof(struct rte_eth_conf)}. */
  final int ethConfBytes;

  /** {@code rte_eth_dev_info.max_rx_pktlen}, u32. */
  final int devInfoMaxRxPktlen;

  /** {@code rte_eth_dev_info.max_rx_queues}, u16. */
  final int devInfoMaxRxQueues;

  /** {@code rte_eth_dev_info.max_tx_queues}, u16. */
  final int devInfoMaxTxQueues;

  /** {@code rte_eth_fp_ops.rx_pkt_burst}: a function pointer. */
  final int fpRxBurst;

  /** {@code rte_eth_fp_ops.rxq.data}: points to an array of queue pointers. */
  final int fpRxqData;

  /** {@code rte_eth_fp_ops.tx_pkt_burst}: a function pointer. */
  final int fpTxBurst;

  /** {@code rte_eth_fp_ops.txq.data}: points to an array of queue pointers. */
  final int fpTxqData;

  /** {@code rte_eth_fp_ops.tx_pkt_prepare}: a function pointer. */
  final int fpTxPrepare;

  /** {@code sizeof(struct rte_eth_stats)}. */
  final int ethStatsBytes;

  /** {@code sizeof(struct rte_eth_rss_conf)}. */
  final int rssConfBytes;

  private DpdkAbi(int version) {
    this.version = version;

    boolean from24 = version >= 24;
    // ABI 24 put the hash algorithm into rte_eth_rss_conf, which is part of rte_eth_conf,
    ethConfBytes = from24 ? 2280 : 2272;
    rssConfBytes = from24 ? 32 : 24;
    // max_rx_bufsize into rte_eth_dev_info,
    devInfoMaxRxPktlen = from24 ? 40 : 36;
    devInfoMaxRxQueues = from24 ? 48 : 44;
    devInfoMaxTxQueues = from24 ? 50 : 46;
    // and the queues to the front of each half of rte_eth_fp_ops, before the functions.
    fpRxBurst = from24 ? 16 : 0;
    fpRxqData = from24 ? 0 : 24;
    fpTxBurst = from24 ? 80 : 64;
    fpTxqData = from24 ? 64 : 88;
    fpTxPrepare = from24 ? 88 : 72;

    // ABI 26 removed the per-queue counters from rte_eth_stats.
    ethStatsBytes = version >= 26 ? 64 : 704;
  }

  /**
   * The layouts of one ABI.
   *
   * @param version the number that ends the library's name, as in {@code librte_eal.so.23}
   * @throws IllegalArgumentException if it isn't supported; the message is one line for the user
   */
  static DpdkAbi of(int version) {
    if (version < MIN_VERSION || version > MAX_VERSION) {
      throw new IllegalArgumentException(
          "DPDK ABI "
              + version
              + " is not supported; supported are 23 (DPDK 22.11), 24 (23.11), 25 (24.11)"
              + " and 26 (25.11)");
    }
    return new DpdkAbi(version);
  }
}
