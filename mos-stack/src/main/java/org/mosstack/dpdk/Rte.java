package org.mosstack.dpdk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.util.Locale;
import org.mosstack.os.CSignature;

/**
 * The control functions of DPDK that the stack calls, under their own names. A pointer that the
 * stack keeps as a number is a {@code long}; a port or queue is a {@code short}, as in DPDK.
 */
enum Rte {
  RTE_DEV_PROBE(CSignature.of(JAVA_INT, ADDRESS)),
  RTE_EAL_HOTPLUG_REMOVE(CSignature.of(JAVA_INT, ADDRESS, ADDRESS)),
  RTE_EAL_INIT(CSignature.of(JAVA_INT, JAVA_INT, ADDRESS)),
  RTE_ETH_DEV_ADJUST_NB_RX_TX_DESC(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS, ADDRESS)),
  RTE_ETH_DEV_CLOSE(CSignature.of(JAVA_INT, JAVA_SHORT)),
  RTE_ETH_DEV_CONFIGURE(CSignature.of(JAVA_INT, JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_DEV_GET_MTU(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_DEV_GET_NAME_BY_PORT(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_DEV_GET_PORT_BY_NAME(CSignature.of(JAVA_INT, ADDRESS, ADDRESS)),
  RTE_ETH_DEV_INFO_GET(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_DEV_IS_VALID_PORT(CSignature.of(JAVA_INT, JAVA_SHORT)),
  RTE_ETH_DEV_RSS_HASH_CONF_GET(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_DEV_RSS_RETA_QUERY(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS, JAVA_SHORT)),
  RTE_ETH_DEV_SET_MTU(CSignature.of(JAVA_INT, JAVA_SHORT, JAVA_SHORT)),
  RTE_ETH_DEV_SOCKET_ID(CSignature.of(JAVA_INT, JAVA_SHORT)),
  RTE_ETH_DEV_START(CSignature.of(JAVA_INT, JAVA_SHORT)),
  RTE_ETH_DEV_STOP(CSignature.of(JAVA_INT, JAVA_SHORT)),
  RTE_ETH_LINK_GET_NOWAIT(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_MACADDR_GET(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_RX_QUEUE_SETUP(
      CSignature.of(JAVA_INT, JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, JAVA_INT, ADDRESS, JAVA_LONG)),
  RTE_ETH_STATS_GET(CSignature.of(JAVA_INT, JAVA_SHORT, ADDRESS)),
  RTE_ETH_TX_QUEUE_SETUP(
      CSignature.of(JAVA_INT, JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, JAVA_INT, ADDRESS)),
  RTE_INTR_CALLBACK_REGISTER(CSignature.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG)),
  RTE_INTR_FD_SET(CSignature.of(JAVA_INT, JAVA_LONG, JAVA_INT)),
  RTE_INTR_INSTANCE_ALLOC(CSignature.of(JAVA_LONG, JAVA_INT)),
  RTE_INTR_TYPE_SET(CSignature.of(JAVA_INT, JAVA_LONG, JAVA_INT)),
  RTE_MEMPOOL_CREATE_EMPTY(
      CSignature.of(
          JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
  RTE_MEMPOOL_FREE(CSignature.ofVoid(JAVA_LONG)),
  RTE_MEMPOOL_IN_USE_COUNT(CSignature.of(JAVA_INT, JAVA_LONG)),
  RTE_MEMPOOL_OBJ_ITER(CSignature.ofVoid(JAVA_LONG, ADDRESS, ADDRESS)),
  RTE_MEMPOOL_POPULATE_DEFAULT(CSignature.of(JAVA_INT, JAVA_LONG)),
  RTE_MEMPOOL_SET_OPS_BYNAME(CSignature.of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS)),
  RTE_OPENLOG_STREAM(CSignature.of(JAVA_INT, JAVA_LONG)),
  RTE_PKTMBUF_POOL_INIT(CSignature.ofVoid(JAVA_LONG, ADDRESS)),
  RTE_STRERROR(CSignature.of(JAVA_LONG, JAVA_INT)),
  RTE_THREAD_REGISTER(CSignature.of(JAVA_INT)),
  RTE_THREAD_UNREGISTER(CSignature.ofVoid());

  private final CSignature signature;

  Rte(CSignature signature) {
    this.signature = signature;
  }

  /** The function's type. */
  CSignature signature() {
    return signature;
  }

  /** The C name. */
  String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }
}
