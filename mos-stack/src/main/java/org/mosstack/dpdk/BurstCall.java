package org.mosstack.dpdk;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.mosstack.os.CSignature;

/**
 * The calls of the packet path, to C functions known by address: a port's receive and transmit
 * functions (which rte_eth_rx_burst and rte_eth_tx_burst, both inline, call), and a pool's dequeue
 * and enqueue.
 *
 * <p>A critical call costs little but keeps the JVM from reaching a safepoint: only for functions
 * that never block. Drivers that make system calls, which may wait, get the ordinary one.
 */
final class BurstCall {
  /** {@code uint16_t f(void *queue, struct rte_mbuf **mbufs, uint16_t n)}. */
  private static final CSignature BURST =
      CSignature.of(
          ValueLayout.JAVA_SHORT,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_SHORT);

  /** {@code int f(struct rte_mempool *mp, void **objects, unsigned n)}. */
  private static final CSignature POOL =
      CSignature.of(
          ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

  private static final MethodHandle CRITICAL_BURST = BURST.asCritical().link();
  private static final MethodHandle ORDINARY_BURST = BURST.link();
  private static final MethodHandle CRITICAL_POOL = POOL.asCritical().link();

  private BurstCall() {}

  /** The types of all calls. */
  static List<CSignature> signatures() {
    return List.of(BURST, BURST.asCritical(), POOL.asCritical());
  }

  /**
   * Calls a port's receive or transmit function.
   *
   * @param critical whether the driver never blocks
   * @param function its address
   * @param queue the queue's address
   * @param mbufs address of an array of mbuf addresses
   * @param count 0 to 65535
   * @return packets received or taken
   */
  static int burst(boolean critical, MemorySegment function, long queue, long mbufs, int count) {
    try {
      short n =
          critical
              ? (short) CRITICAL_BURST.invokeExact(function, queue, mbufs, (short) count)
              : (short) ORDINARY_BURST.invokeExact(function, queue, mbufs, (short) count);
      return n & 0xFFFF;
    } catch (Throwable t) {
      throw new AssertionError("burst downcall", t);
    }
  }

  /**
   * Calls a pool's dequeue or enqueue.
   *
   * @param function its address
   * @param pool the pool's address
   * @param objects address of an array of object addresses
   * @return 0, or a negative errno if not all could be moved, in which case none was
   */
  static int pool(MemorySegment function, long pool, long objects, int count) {
    try {
      return (int) CRITICAL_POOL.invokeExact(function, pool, objects, count);
    } catch (Throwable t) {
      throw new AssertionError("mempool downcall", t);
    }
  }
}
