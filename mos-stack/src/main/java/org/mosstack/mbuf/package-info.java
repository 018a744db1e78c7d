/**
 * Packet buffers, laid out as DPDK's rte_mbuf and known by their address, and the pools that they
 * come from. Only for those who write devices: a wrong address crashes the JVM.
 */
package org.mosstack.mbuf;
