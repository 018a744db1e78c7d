/**
 * Packet buffers, laid out as DPDK's rte_mbuf and identified by their address, and the pools that
 * they come from. Only for authors of devices: a wrong address crashes the JVM.
 */
package org.mosstack.mbuf;
