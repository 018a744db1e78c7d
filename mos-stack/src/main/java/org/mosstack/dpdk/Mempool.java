package org.mosstack.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.mosstack.config.ConfigException;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufSource;
import org.mosstack.mbuf.Memory;

/**
 * A DPDK mbuf pool (rte_mempool) of one core. The core's {@link org.mosstack.mbuf.MbufPool} moves
 * buffers in bulk by the pool's own dequeue and enqueue functions, which DPDK's inline functions
 * call; the drivers of the core's queues take and give theirs through the lcore's cache.
 */
final class Mempool implements MbufSource {
  /** Objects in an lcore's cache, DPDK's limit (RTE_MEMPOOL_CACHE_MAX_SIZE). */
  private static final int CACHE_SIZE = 512;

  /** Last in, first out: what was used last is in the CPU's cache. DPDK's default is a ring. */
  private static final String OPS = "stack";

  private static final int EINVAL = 22;

  /** Bytes of an element beside its buffer: rte_mbuf, header and trailer, and alignment. */
  private static final int OVERHEAD_BYTES = Mbuf.HEADER_BYTES + 128;

  private static final int MAX_BULK = 512;
  private static final int SOCKET_ID_ANY = -1;

  private final Eal eal;
  private final int capacity;
  private final int bufLen;
  private final long address;
  private final MemorySegment enqueue;
  private final MemorySegment dequeue;
  private final Arena arena =
      Arena.ofShared(); // a pool is closed by another thread than its core's
  private final long bulk;
  private final ControlCall inUseCount;

  /**
   * Makes a pool (rte_pktmbuf_pool_create_by_ops).
   *
   * @param name unique in the process, at most 25 characters
   * @param capacity buffers
   * @param dataRoomBytes bytes of a packet that one holds
   * @throws ConfigException when memory is short, with what to do
   */
  Mempool(Eal eal, String name, int capacity, int dataRoomBytes) {
    this.eal = eal;
    this.capacity = capacity;
    bufLen = dataRoomBytes + Mbuf.HEADROOM_BYTES;
    DpdkLibraries libraries = eal.libraries();
    inUseCount = libraries.function("rte_mempool_in_use_count", ValueLayout.JAVA_LONG);
    address = create(name);
    long table = libraries.symbol("rte_mempool_ops_table").address();
    int index = Memory.getInt(address + DpdkAbi.MEMPOOL_OPS_INDEX);
    long ops = table + DpdkAbi.OPS_TABLE_OPS + (long) index * DpdkAbi.OPS_BYTES;
    enqueue = MemorySegment.ofAddress(Memory.getLong(ops + DpdkAbi.OPS_ENQUEUE));
    dequeue = MemorySegment.ofAddress(Memory.getLong(ops + DpdkAbi.OPS_DEQUEUE));
    bulk = arena.allocate(ValueLayout.JAVA_LONG, MAX_BULK).address();
  }

  /** Memory that a pool takes, in bytes, for planning. */
  static long bytes(int capacity, int dataRoomBytes) {
    return (long) capacity * (dataRoomBytes + Mbuf.HEADROOM_BYTES + OVERHEAD_BYTES);
  }

  private long create(String name) {
    try (Arena call = Arena.ofConfined()) {
      long pool =
          eal.libraries()
              .pointerFunction(
                  "rte_pktmbuf_pool_create_by_ops",
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_SHORT,
                  ValueLayout.JAVA_SHORT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS)
              .callForAddress(
                  call.allocateFrom(name),
                  capacity,
                  Math.min(CACHE_SIZE, capacity * 2 / 3),
                  (short) 0,
                  (short) bufLen,
                  SOCKET_ID_ANY,
                  call.allocateFrom(OPS));
      if (pool == 0) {
        throw new ConfigException(eal.errno() == EINVAL ? noDriver() : outOfMemory());
      }
      return pool;
    }
  }

  /** The one reason why DPDK calls these arguments invalid. */
  private static String noDriver() {
    return "DPDK is incomplete: its driver librte_mempool_"
        + OPS
        + " is missing; bin/setup installs it";
  }

  private String outOfMemory() {
    long mebibytes = bytes(capacity, bufLen) >> 20;
    String error = eal.strerror(eal.errno());
    return "no memory for "
        + capacity
        + " packet buffers, "
        + mebibytes
        + " MiB ("
        + error
        + "): "
        + (eal.hugePages()
            ? "reserve more huge pages (bin/setup --hugepages N), or set hugepages = 0"
            : "lower max_num_buffers");
  }

  /** Address of the rte_mempool, for a port's queues. */
  long address() {
    return address;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public int bufLen() {
    return bufLen;
  }

  @Override
  public int take(long[] mbufs, int max) {
    int count = Math.min(max, MAX_BULK);
    if (BurstCall.pool(dequeue, address, bulk, count) != 0) {
      count = takeLast(count);
    }
    for (int i = 0; i < count; i++) {
      mbufs[i] = Memory.getLong(bulk + (long) i * Long.BYTES);
    }
    return count;
  }

  /** The pool gives all or nothing: so many as are left, then. */
  private int takeLast(int max) {
    for (int count = max / 2; count > 0; count /= 2) {
      if (BurstCall.pool(dequeue, address, bulk, count) == 0) {
        return count;
      }
    }
    return 0;
  }

  @Override
  public void give(long[] mbufs, int from, int count) {
    for (int done = 0; done < count; ) {
      int part = Math.min(count - done, MAX_BULK);
      for (int i = 0; i < part; i++) {
        long mbuf = mbufs[from + done + i];
        Mbuf.reset(mbuf); // DPDK expects one reference, one segment and no next in its pools
        Memory.putLong(bulk + (long) i * Long.BYTES, mbuf);
      }
      int result = BurstCall.pool(enqueue, address, bulk, part);
      assert result == 0 : "more given to the pool than taken";
      done += part;
    }
  }

  @Override
  public int inUse() {
    return inUseCount.call(address);
  }

  @Override
  public void close() {
    eal.libraries().procedure("rte_mempool_free", ValueLayout.JAVA_LONG).run(address);
    arena.close();
  }
}
