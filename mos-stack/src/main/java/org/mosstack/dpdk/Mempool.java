package org.mosstack.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.mosstack.config.ConfigException;
import org.mosstack.mbuf.BufferCorruptionError;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufSource;
import org.mosstack.mbuf.Memory;

/**
 * A DPDK mbuf pool (rte_mempool) of one core. The core's {@link org.mosstack.mbuf.MbufPool} moves
 * buffers in bulk with the pool's own dequeue and enqueue functions, which DPDK's inline functions
 * call; the drivers of the core's queues get and put theirs through the lcore's cache.
 */
final class Mempool implements MbufSource {
  /** Last in, first out: the last used buffer is in the CPU's cache. DPDK's default is a ring. */
  private static final String OPS = "stack";

  /** Bytes of an element besides its buffer: rte_mbuf, header and trailer, and alignment. */
  private static final int OVERHEAD_BYTES = Mbuf.HEADER_BYTES + 128;

  private static final int MAX_BULK = 512;

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
   * Creates a pool, as rte_pktmbuf_pool_create_by_ops does.
   *
   * <p>That function lets no buffer cross a page, which a NIC couldn't follow: in ordinary memory
   * each takes a page, nearly twice what it needs. Where only the CPU uses the buffers, they lie
   * side by side. The af_xdp driver up to DPDK 23.11 requires that: it registers only count times
   * size bytes with the kernel, and leaves out what lies beyond.
   *
   * @param byNics whether NICs read and write the buffers
   * @param name unique in the process, at most 25 characters
   * @param capacity buffers
   * @param dataRoomBytes bytes of a packet that one holds
   * @throws ConfigException if memory is short, with what to do
   */
  Mempool(Eal eal, String name, int capacity, int dataRoomBytes, boolean byNics) {
    this.eal = eal;
    this.capacity = capacity;
    bufLen = dataRoomBytes + Mbuf.HEADROOM_BYTES;
    DpdkLibraries libraries = eal.libraries();
    inUseCount = libraries.function(Rte.RTE_MEMPOOL_IN_USE_COUNT);
    address = create(name, byNics);
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

  private long create(String name, boolean byNics) {
    DpdkLibraries libraries = eal.libraries();
    long pool = createEmpty(name, byNics ? 0 : DpdkAbi.MEMPOOL_F_NO_IOVA_CONTIG);
    if (pool == 0) {
      throw outOfMemory(eal.errno());
    }
    try (Arena call = Arena.ofConfined()) {
      int result =
          libraries
              .function(Rte.RTE_MEMPOOL_SET_OPS_BYNAME)
              .call(pool, call.allocateFrom(OPS), MemorySegment.NULL);
      if (result != 0) {
        free(pool);
        throw noDriver();
      }
    }
    libraries
        .function(Rte.RTE_PKTMBUF_POOL_INIT)
        .run(pool, MemorySegment.NULL); // the buffers' size follows from the objects'
    int result = libraries.function(Rte.RTE_MEMPOOL_POPULATE_DEFAULT).call(pool);
    if (result < 0) {
      free(pool);
      throw outOfMemory(result);
    }
    libraries
        .function(Rte.RTE_MEMPOOL_OBJ_ITER)
        .run(pool, libraries.symbol("rte_pktmbuf_init"), MemorySegment.NULL);
    return pool;
  }

  /** The one reason why DPDK refuses the operations. */
  private static ConfigException noDriver() {
    return new ConfigException(
        "DPDK is incomplete: its driver librte_mempool_"
            + OPS
            + " is missing; bin/setup installs it");
  }

  private long createEmpty(String name, int flags) {
    try (Arena call = Arena.ofConfined()) {
      return eal.libraries()
          .function(Rte.RTE_MEMPOOL_CREATE_EMPTY)
          .callForAddress(
              call.allocateFrom(name),
              capacity,
              Mbuf.HEADER_BYTES + bufLen,
              Math.min(DpdkAbi.MEMPOOL_CACHE_MAX_SIZE, capacity * 2 / 3),
              DpdkAbi.PKTMBUF_POOL_PRIVATE_BYTES,
              DpdkAbi.SOCKET_ID_ANY,
              flags);
    }
  }

  private ConfigException outOfMemory(int errno) {
    long mebibytes = bytes(capacity, bufLen) >> 20;
    return new ConfigException(
        "no memory for "
            + capacity
            + " packet buffers, "
            + mebibytes
            + " MiB ("
            + eal.strerror(errno)
            + "): "
            + (eal.hugePages()
                ? "reserve more huge pages (bin/setup --hugepages N), or set hugepages = 0"
                : "lower max_num_buffers"));
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
  public int take(long[] mbufs, int from, int max) {
    int count = Math.min(max, MAX_BULK);
    if (BurstCall.pool(dequeue, address, bulk, count) != 0) {
      count = takeLast(count);
    }
    for (int i = 0; i < count; i++) {
      mbufs[from + i] = Memory.getLong(bulk + (long) i * Long.BYTES);
    }
    return count;
  }

  /** Takes as many buffers as are left: the pool gives all or nothing. */
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
      if (BurstCall.pool(enqueue, address, bulk, part) != 0) {
        throw new BufferCorruptionError("more packet buffers given to the pool than taken");
      }
      done += part;
    }
  }

  @Override
  public int inUse() {
    return inUseCount.call(address);
  }

  @Override
  public void close() {
    free(address);
    arena.close();
  }

  private void free(long pool) {
    eal.libraries().function(Rte.RTE_MEMPOOL_FREE).run(pool);
  }
}
