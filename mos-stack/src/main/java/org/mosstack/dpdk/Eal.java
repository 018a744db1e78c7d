package org.mosstack.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.mosstack.config.ConfigException;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.Libc;

/**
 * DPDK's environment abstraction layer, started. A process has one, which all its stacks share and
 * which lives as long as the process: DPDK can't start it twice. Devices are added to it and
 * removed from it one by one.
 *
 * <p>Methods may be called from any thread.
 */
final class Eal {
  /** DPDK's own state is one per process, so this is too. */
  private static final AtomicReference<Eal> STARTED = new AtomicReference<>();

  private static final String ERRNO = "per_lcore__rte_errno";

  private final DpdkLibraries libraries;
  private final EalOptions options;
  private final ControlCall threadRegister;
  private final ControlCall threadUnregister;
  private final ControlCall devProbe;
  private final ControlCall hotplugRemove;
  private final ControlCall strerror;
  private final AtomicInteger virtualDevices = new AtomicInteger();

  /** How many queues of each registered thread need it to be an lcore. Guarded by itself. */
  private final Map<Thread, Integer> registered = new HashMap<>();

  private InterruptGuard guard;

  private Eal(DpdkLibraries libraries, EalOptions options) {
    this.libraries = libraries;
    this.options = options;
    threadRegister = libraries.function(Rte.RTE_THREAD_REGISTER);
    threadUnregister = libraries.function(Rte.RTE_THREAD_UNREGISTER);
    devProbe = libraries.function(Rte.RTE_DEV_PROBE);
    hotplugRemove = libraries.function(Rte.RTE_EAL_HOTPLUG_REMOVE);
    strerror = libraries.function(Rte.RTE_STRERROR);
  }

  /**
   * Starts the EAL (rte_eal_init), or returns the one already running, with its options unchanged.
   *
   * @throws ConfigException if DPDK isn't installed or refuses to start, with what to do
   */
  static Eal start(EalOptions options) {
    synchronized (STARTED) {
      Eal eal = STARTED.get();
      if (eal == null) {
        eal = new Eal(DpdkLibraries.open(), options);
        eal.openLog();
        eal.init();
        STARTED.set(eal);
      }
      return eal;
    }
  }

  /** Opens DPDK's log, a C stream: a file's, or one that discards everything. */
  private void openLog() {
    ControlCall open = ControlCall.of(Libc.FOPEN);
    try (Arena arena = Arena.ofConfined()) {
      String file = options.log().map(Object::toString).orElse("/dev/null");
      long stream = open.callForAddress(arena.allocateFrom(file), arena.allocateFrom("a"));
      if (stream == 0) {
        throw new ConfigException("mos_log: " + file + " can't be written");
      }
      libraries.function(Rte.RTE_OPENLOG_STREAM).call(stream);
    }
  }

  private void init() {
    AtomicInteger result = new AtomicInteger();
    AtomicInteger errno = new AtomicInteger();
    // The EAL pins the thread that starts it to the main lcore's CPU, so use another than the
    // caller's.
    Thread thread =
        new Thread(
            () -> {
              result.set(init(options.arguments()));
              errno.set(errno());
            },
            "mos-eal");
    thread.start();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (result.get() < 0) {
      throw new ConfigException(
          "DPDK's EAL can't start: " + strerror(errno.get()) + "; " + whereLog());
    }
  }

  private int init(List<String> arguments) {
    ControlCall init = libraries.function(Rte.RTE_EAL_INIT);
    Arena arena = Arena.global(); // the EAL keeps pointers to its arguments
    MemorySegment argv = arena.allocate(ValueLayout.ADDRESS, arguments.size() + 1L);
    for (int i = 0; i < arguments.size(); i++) {
      argv.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(arguments.get(i)));
    }
    return init.call(arguments.size(), argv);
  }

  /** Where to find the EAL's own messages about an error. */
  String whereLog() {
    return options
        .log()
        .map(file -> "its log is " + file)
        .orElse("mos_log = DIRECTORY in mos.conf keeps its log");
  }

  /** Whether memory is in huge pages. */
  boolean hugePages() {
    return options.hugePages();
  }

  /** The gate that is closed while DPDK's interrupt thread handles its sources. */
  synchronized BurstGate burstGate() {
    if (guard == null) {
      guard = new InterruptGuard(libraries);
    }
    return guard.gate();
  }

  DpdkLibraries libraries() {
    return libraries;
  }

  /** Reads the calling thread's rte_errno. */
  int errno() {
    return Memory.getInt(libraries.symbol(ERRNO).address());
  }

  /** DPDK's text for an error number (rte_strerror). */
  String strerror(int errno) {
    return DpdkLibraries.string(strerror.callForAddress(Math.abs(errno)));
  }

  /**
   * Makes the calling thread an lcore (rte_thread_register), with its own cache in each pool,
   * unless it is one already: DPDK would give it a second one, and never take back the first.
   *
   * @throws IllegalStateException if all of DPDK's lcores are taken
   */
  void registerThread() {
    synchronized (registered) {
      Thread thread = Thread.currentThread();
      if (!registered.containsKey(thread) && threadRegister.call() < 0) {
        throw new IllegalStateException(
            "rte_thread_register: "
                + strerror(errno())
                + ": at most "
                + (DpdkAbi.MAX_LCORE - 1)
                + " threads can use DPDK's devices");
      }
      registered.merge(thread, 1, Integer::sum);
    }
  }

  /**
   * Takes back one {@link #registerThread} of the calling thread; the last one releases its lcore
   * (rte_thread_unregister).
   */
  void unregisterThread() {
    synchronized (registered) {
      Thread thread = Thread.currentThread();
      int left = registered.get(thread) - 1;
      if (left > 0) {
        registered.put(thread, left);
      } else {
        registered.remove(thread);
        threadUnregister.run();
      }
    }
  }

  /** A name for one more virtual device, such as {@code net_memif3}. */
  String virtualDeviceName(String driver) {
    return driver + virtualDevices.getAndIncrement();
  }

  /**
   * Adds a device (rte_dev_probe).
   *
   * @param devargs its name and options, {@code net_memif3,role=server}
   * @return 0, or a negative errno
   */
  int probe(String devargs) {
    try (Arena arena = Arena.ofConfined()) {
      return devProbe.call(arena.allocateFrom(devargs));
    }
  }

  /**
   * Removes a device (rte_eal_hotplug_remove).
   *
   * @param bus {@code vdev} or {@code pci}
   */
  void remove(String bus, String device) {
    try (Arena arena = Arena.ofConfined()) {
      hotplugRemove.call(arena.allocateFrom(bus), arena.allocateFrom(device));
    }
  }
}
