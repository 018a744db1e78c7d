package org.mosstack.dpdk;

/**
 * Packets that a port lost on receive (struct rte_eth_stats).
 *
 * @param missed no receive descriptor was free (imissed)
 * @param noMbuf the pool was empty (rx_nombuf)
 * @param errors bad frames (ierrors)
 */
record PortStats(long missed, long noMbuf, long errors) {
  long total() {
    return missed + noMbuf + errors;
  }
}
