package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** Every offset, size and constant in use agrees with the installed DPDK headers. */
class DpdkAbiProbeTest {
  /** Members: the name in Java, struct and member in C, and the bytes that our code reads. */
  private static final String MEMBERS =
      """
      ETH_CONF_LINK_SPEEDS rte_eth_conf link_speeds 4
      ETH_CONF_RX_MQ_MODE rte_eth_conf rxmode.mq_mode 4
      ETH_CONF_RX_MTU rte_eth_conf rxmode.mtu 4
      ETH_CONF_RX_OFFLOADS rte_eth_conf rxmode.offloads 8
      ETH_CONF_TX_OFFLOADS rte_eth_conf txmode.offloads 8
      ETH_CONF_RSS_KEY rte_eth_conf rx_adv_conf.rss_conf.rss_key 8
      ETH_CONF_RSS_KEY_LEN rte_eth_conf rx_adv_conf.rss_conf.rss_key_len 1
      ETH_CONF_RSS_HF rte_eth_conf rx_adv_conf.rss_conf.rss_hf 8
      DEV_INFO_DRIVER_NAME rte_eth_dev_info driver_name 8
      DEV_INFO_MIN_MTU rte_eth_dev_info min_mtu 2
      DEV_INFO_MAX_MTU rte_eth_dev_info max_mtu 2
      DEV_INFO_MIN_RX_BUFSIZE rte_eth_dev_info min_rx_bufsize 4
      devInfoMaxRxPktlen rte_eth_dev_info max_rx_pktlen 4
      devInfoMaxRxQueues rte_eth_dev_info max_rx_queues 2
      devInfoMaxTxQueues rte_eth_dev_info max_tx_queues 2
      DEV_INFO_RX_OFFLOAD_CAPA rte_eth_dev_info rx_offload_capa 8
      DEV_INFO_TX_OFFLOAD_CAPA rte_eth_dev_info tx_offload_capa 8
      DEV_INFO_RETA_SIZE rte_eth_dev_info reta_size 2
      DEV_INFO_HASH_KEY_SIZE rte_eth_dev_info hash_key_size 1
      DEV_INFO_FLOW_TYPE_RSS_OFFLOADS rte_eth_dev_info flow_type_rss_offloads 8
      DEV_INFO_RX_DESC_MAX rte_eth_dev_info rx_desc_lim.nb_max 2
      DEV_INFO_RX_DESC_MIN rte_eth_dev_info rx_desc_lim.nb_min 2
      DEV_INFO_RX_DESC_ALIGN rte_eth_dev_info rx_desc_lim.nb_align 2
      DEV_INFO_TX_DESC_MAX rte_eth_dev_info tx_desc_lim.nb_max 2
      DEV_INFO_TX_DESC_MIN rte_eth_dev_info tx_desc_lim.nb_min 2
      DEV_INFO_TX_DESC_ALIGN rte_eth_dev_info tx_desc_lim.nb_align 2
      DEV_INFO_DEFAULT_RX_RING_SIZE rte_eth_dev_info default_rxportconf.ring_size 2
      DEV_INFO_DEFAULT_TX_RING_SIZE rte_eth_dev_info default_txportconf.ring_size 2
      fpRxBurst rte_eth_fp_ops rx_pkt_burst 8
      fpRxqData rte_eth_fp_ops rxq.data 8
      fpTxBurst rte_eth_fp_ops tx_pkt_burst 8
      fpTxqData rte_eth_fp_ops txq.data 8
      fpTxPrepare rte_eth_fp_ops tx_pkt_prepare 8
      MEMPOOL_OPS_INDEX rte_mempool ops_index 4
      OPS_ENQUEUE rte_mempool_ops enqueue 8
      OPS_DEQUEUE rte_mempool_ops dequeue 8
      STATS_IPACKETS rte_eth_stats ipackets 8
      STATS_OPACKETS rte_eth_stats opackets 8
      STATS_IBYTES rte_eth_stats ibytes 8
      STATS_OBYTES rte_eth_stats obytes 8
      STATS_IMISSED rte_eth_stats imissed 8
      STATS_IERRORS rte_eth_stats ierrors 8
      STATS_OERRORS rte_eth_stats oerrors 8
      STATS_RX_NOMBUF rte_eth_stats rx_nombuf 8
      LINK_SPEED rte_eth_link link_speed 4
      RSS_CONF_KEY rte_eth_rss_conf rss_key 8
      RSS_CONF_KEY_LEN rte_eth_rss_conf rss_key_len 1
      RSS_CONF_HF rte_eth_rss_conf rss_hf 8
      RETA_ENTRY_MASK rte_eth_rss_reta_entry64 mask 8
      Mbuf.BUF_ADDR rte_mbuf buf_addr 8
      Mbuf.DATA_OFF rte_mbuf data_off 2
      Mbuf.REFCNT rte_mbuf refcnt 2
      Mbuf.NB_SEGS rte_mbuf nb_segs 2
      Mbuf.PORT rte_mbuf port 2
      Mbuf.OL_FLAGS rte_mbuf ol_flags 8
      Mbuf.PKT_LEN rte_mbuf pkt_len 4
      Mbuf.DATA_LEN rte_mbuf data_len 2
      Mbuf.RSS_HASH rte_mbuf hash.rss 4
      Mbuf.BUF_LEN rte_mbuf buf_len 2
      Mbuf.NEXT rte_mbuf next 8
      Mbuf.TX_OFFLOAD rte_mbuf tx_offload 8
      """;

  /** Everything else: the name in Java, and an expression in C. */
  private static final String NUMBERS =
      """
      MAX_ETHPORTS RTE_MAX_ETHPORTS
      MAX_LCORE RTE_MAX_LCORE
      PKTMBUF_HEADROOM RTE_PKTMBUF_HEADROOM
      ETH_NAME_MAX_LEN RTE_ETH_NAME_MAX_LEN
      MEMPOOL_CACHE_MAX_SIZE RTE_MEMPOOL_CACHE_MAX_SIZE
      SOCKET_ID_ANY SOCKET_ID_ANY
      INTR_INSTANCE_F_PRIVATE RTE_INTR_INSTANCE_F_PRIVATE
      INTR_HANDLE_EXT RTE_INTR_HANDLE_EXT
      ethConfBytes sizeof(struct rte_eth_conf)
      DEV_INFO_BYTES sizeof(struct rte_eth_dev_info)
      FP_OPS_BYTES sizeof(struct rte_eth_fp_ops)
      PKTMBUF_POOL_PRIVATE_BYTES sizeof(struct rte_pktmbuf_pool_private)
      MEMPOOL_F_NO_IOVA_CONTIG RTE_MEMPOOL_F_NO_IOVA_CONTIG
      OPS_TABLE_OPS offsetof(struct rte_mempool_ops_table, ops)
      OPS_BYTES sizeof(struct rte_mempool_ops)
      ethStatsBytes sizeof(struct rte_eth_stats)
      LINK_BYTES sizeof(struct rte_eth_link)
      LINK_STATUS first_byte_set(&up, sizeof(up))
      LINK_STATUS_MASK byte_set(&up, sizeof(up))
      SPEED_NUM_UNKNOWN (int)RTE_ETH_SPEED_NUM_UNKNOWN
      rssConfBytes sizeof(struct rte_eth_rss_conf)
      RETA_GROUP_SIZE RTE_ETH_RETA_GROUP_SIZE
      RETA_ENTRY_BYTES sizeof(struct rte_eth_rss_reta_entry64)
      RETA_ENTRY_RETA offsetof(struct rte_eth_rss_reta_entry64, reta)
      ETHER_ADDR_BYTES sizeof(struct rte_ether_addr)
      MQ_RX_RSS RTE_ETH_MQ_RX_RSS
      RSS_IPV4 RTE_ETH_RSS_IPV4
      RSS_NONFRAG_IPV4_TCP RTE_ETH_RSS_NONFRAG_IPV4_TCP
      RX_OFFLOAD_IPV4_CKSUM RTE_ETH_RX_OFFLOAD_IPV4_CKSUM
      RX_OFFLOAD_TCP_CKSUM RTE_ETH_RX_OFFLOAD_TCP_CKSUM
      RX_OFFLOAD_SCATTER RTE_ETH_RX_OFFLOAD_SCATTER
      RX_OFFLOAD_RSS_HASH RTE_ETH_RX_OFFLOAD_RSS_HASH
      TX_OFFLOAD_IPV4_CKSUM RTE_ETH_TX_OFFLOAD_IPV4_CKSUM
      TX_OFFLOAD_TCP_CKSUM RTE_ETH_TX_OFFLOAD_TCP_CKSUM
      TX_OFFLOAD_MULTI_SEGS RTE_ETH_TX_OFFLOAD_MULTI_SEGS
      TX_OFFLOAD_MBUF_FAST_FREE RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE
      Mbuf.HEADER_BYTES sizeof(struct rte_mbuf)
      Mbuf.HEADROOM_BYTES RTE_PKTMBUF_HEADROOM
      Mbuf.RX_RSS_HASH RTE_MBUF_F_RX_RSS_HASH
      Mbuf.RX_IP_CKSUM_MASK RTE_MBUF_F_RX_IP_CKSUM_MASK
      Mbuf.RX_IP_CKSUM_BAD RTE_MBUF_F_RX_IP_CKSUM_BAD
      Mbuf.RX_IP_CKSUM_GOOD RTE_MBUF_F_RX_IP_CKSUM_GOOD
      Mbuf.RX_L4_CKSUM_MASK RTE_MBUF_F_RX_L4_CKSUM_MASK
      Mbuf.RX_L4_CKSUM_BAD RTE_MBUF_F_RX_L4_CKSUM_BAD
      Mbuf.RX_L4_CKSUM_GOOD RTE_MBUF_F_RX_L4_CKSUM_GOOD
      Mbuf.RX_L4_CKSUM_NONE RTE_MBUF_F_RX_L4_CKSUM_NONE
      Mbuf.RX_LRO RTE_MBUF_F_RX_LRO
      Mbuf.TX_TCP_SEG RTE_MBUF_F_TX_TCP_SEG
      Mbuf.TX_TCP_CKSUM RTE_MBUF_F_TX_TCP_CKSUM
      Mbuf.TX_IP_CKSUM RTE_MBUF_F_TX_IP_CKSUM
      Mbuf.TX_IPV4 RTE_MBUF_F_TX_IPV4
      Mbuf.L3_LEN_SHIFT __builtin_ctzll(l3.tx_offload)
      Mbuf.L4_LEN_SHIFT __builtin_ctzll(l4.tx_offload)
      Mbuf.TSO_SEGSZ_SHIFT __builtin_ctzll(segsz.tx_offload)
      """;

  /** Numbers that aren't part of DPDK, or are composed of others here. */
  private static final Set<String> OUR_OWN =
      Set.of(
          "MIN_VERSION",
          "MAX_VERSION",
          "version",
          "Mbuf.TX_TCP_FLAGS",
          "Mbuf.COPIED_FLAGS",
          "Mbuf.REARM_DATA",
          "Mbuf.ONE_BYTE");

  @TempDir static Path directory;

  private static String missing = "";
  private static DpdkAbi abi;
  private static Map<String, Long> inHeaders;

  @BeforeAll
  static void compileTheProbe() {
    Optional<List<String>> flags = AbiProbe.flags(directory);
    if (flags.isEmpty()) {
      missing = "no compiler or DPDK headers: apt-get install gcc pkg-config libdpdk-dev";
      return;
    }
    AbiProbe probe = new AbiProbe();
    probe.number("year", "RTE_VER_YEAR");
    probe.number("month", "RTE_VER_MONTH");
    probe.number("checksumFlags", "tx.ol_flags");
    probe.number("checksumLengths", "tx.tx_offload");
    MEMBERS
        .lines()
        .map(line -> line.split(" "))
        .forEach(words -> probe.member(words[0], words[1], words[2]));
    NUMBERS
        .lines()
        .map(line -> line.split(" ", 2))
        .forEach(words -> probe.number(words[0], words[1]));
    inHeaders = probe.run(directory, flags.get());
    // Each November's release starts an ABI, which is named after the next year.
    long version = inHeaders.get("year") + (inHeaders.get("month") >= 11 ? 1 : 0);
    if (version < DpdkAbi.MIN_VERSION || version > DpdkAbi.MAX_VERSION) {
      missing = "no headers of a supported DPDK: the installed ones have ABI " + version;
      return;
    }
    abi = DpdkAbi.of((int) version);
  }

  @BeforeEach // not before all, or the reports would lose the line
  void skipWithoutHeaders() {
    assumeTrue(missing.isEmpty(), missing);
  }

  @Test
  void everyNumberIsTheHeaders() {
    List<String> wrong = new ArrayList<>();
    Stream.concat(MEMBERS.lines(), NUMBERS.lines())
        .map(line -> line.split(" ")[0])
        .forEach(
            name -> {
              long ours = ours(name);
              long theirs = inHeaders.get(name);
              if (ours != theirs) {
                wrong.add("%s is %d, in the headers %d".formatted(name, ours, theirs));
              }
            });
    assertEquals(List.of(), wrong, () -> "DPDK ABI " + abi.version);
  }

  @Test
  void everyMemberIsAsWideAsItIsRead() {
    List<String> wrong = new ArrayList<>();
    MEMBERS
        .lines()
        .map(line -> line.split(" "))
        .forEach(
            words -> {
              long ours = Long.parseLong(words[3]);
              long theirs = inHeaders.get(AbiProbe.width(words[0]));
              if (ours != theirs) {
                wrong.add("%s has %d bytes, in the headers %d".formatted(words[0], ours, theirs));
              }
            });
    assertEquals(List.of(), wrong, () -> "DPDK ABI " + abi.version);
  }

  @Test
  void headerLengthsArePackedAsTheBitFieldsAre() {
    try (MbufPool pool = new MbufPool(1)) {
      long mbuf = pool.alloc();
      Mbuf.requestTcpChecksum(mbuf, 127, 60);
      assertEquals(inHeaders.get("checksumFlags"), Mbuf.flags(mbuf));
      assertEquals(inHeaders.get("checksumLengths"), Mbuf.txOffload(mbuf));
      pool.free(mbuf);
    }
  }

  @Test
  void noNumberIsLeftOut() {
    Set<String> probed = new TreeSet<>(OUR_OWN);
    Stream.concat(MEMBERS.lines(), NUMBERS.lines())
        .map(line -> line.split(" ")[0])
        .forEach(probed::add);
    Set<String> left = new TreeSet<>();
    numbers(DpdkAbi.class).map(Field::getName).forEach(left::add);
    numbers(Mbuf.class).map(field -> "Mbuf." + field.getName()).forEach(left::add);
    left.removeAll(probed);
    assertEquals(Set.of(), left);
  }

  private static Stream<Field> numbers(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> !field.isSynthetic())
        .filter(field -> field.getType() == int.class || field.getType() == long.class);
  }

  private static long ours(String name) {
    boolean ofMbuf = name.startsWith("Mbuf.");
    try {
      Field field =
          ofMbuf
              ? Mbuf.class.getDeclaredField(name.substring("Mbuf.".length()))
              : DpdkAbi.class.getDeclaredField(name);
      field.setAccessible(true);
      return field.getLong(Modifier.isStatic(field.getModifiers()) ? null : abi); // widens an int
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(name + ", which the probe asks for, isn't there", e);
    }
  }
}
