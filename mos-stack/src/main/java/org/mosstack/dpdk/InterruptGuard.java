package org.mosstack.dpdk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.mosstack.config.ConfigException;

/**
 * Runs the callbacks of DPDK's interrupt thread only while a {@link BurstGate} is closed.
 *
 * <p>That thread waits on an epoll for all of its sources. One source of ours, an event file
 * descriptor, keeps it in {@link #onInterrupt} instead: there it waits for the same epoll to have
 * something from another source, then closes the gate, makes our source ready again and returns to
 * DPDK, which serves what is ready and comes back to us, where the gate is opened.
 */
@SuppressWarnings("restricted") // Linking DPDK is what this package is for.
final class InterruptGuard {
  private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800; // eventfd(2)
  private static final int POLLFD_BYTES = 8; // int fd; short events, revents
  private static final int POLLFD_EVENTS = 4;
  private static final short POLLIN = 1;
  private static final int POLL_MILLIS = 1000; // a change of the epoll also wakes it: to be safe
  private static final long BLIND_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final Path FDS = Path.of("/proc/self/fd");
  private static final Path FD_INFOS = Path.of("/proc/self/fdinfo");
  private static final String EPOLL = "anon_inode:[eventpoll]";

  private final BurstGate gate = new BurstGate();
  private final Arena arena = Arena.global(); // the interrupt thread lives as long as the process
  private final MemorySegment pollFd = arena.allocate(POLLFD_BYTES, Integer.BYTES);
  private final MemorySegment count = arena.allocate(Long.BYTES, Long.BYTES);
  private final int eventFd;
  private OptionalInt epoll = OptionalInt.empty();

  /** Starts guarding: from here on no callback runs while a burst does. */
  InterruptGuard(DpdkLibraries libraries) {
    eventFd = Libc.call(Libc.EVENTFD, 1, EFD_CLOEXEC_NONBLOCK);
    long handle =
        libraries
            .pointerFunction("rte_intr_instance_alloc", ValueLayout.JAVA_INT)
            .callForAddress(DpdkAbi.INTR_INSTANCE_F_PRIVATE);
    ValueLayout[] handleAndInt = {ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT};
    libraries.function("rte_intr_fd_set", handleAndInt).call(handle, eventFd);
    libraries.function("rte_intr_type_set", handleAndInt).call(handle, DpdkAbi.INTR_HANDLE_EXT);
    int result =
        libraries
            .function(
                "rte_intr_callback_register",
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG)
            .call(handle, callback(), 0L);
    if (result != 0) {
      throw new ConfigException("DPDK refuses an interrupt source (" + result + ")");
    }
  }

  private MemorySegment callback() {
    try {
      MethodHandle onInterrupt =
          MethodHandles.lookup()
              .bind(this, "onInterrupt", MethodType.methodType(void.class, MemorySegment.class));
      return Linker.nativeLinker()
          .upcallStub(onInterrupt, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS), arena);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  BurstGate gate() {
    return gate;
  }

  /** Our callback on DPDK's interrupt thread; must not throw. */
  private void onInterrupt(MemorySegment argument) {
    if (gate.isClosedByMe()) {
      gate.open();
    }
    int _ = Libc.call(Libc.READ, eventFd, count);
    awaitOthers();
    gate.close();
    count.set(ValueLayout.JAVA_LONG, 0, 1);
    int _ = Libc.call(Libc.WRITE, eventFd, count);
  }

  /** Waits until the thread's epoll has something from another source than ours. */
  private void awaitOthers() {
    if (epoll.isEmpty() || !isOurs(epoll.getAsInt())) {
      epoll = findEpoll();
    }
    if (epoll.isEmpty()) {
      LockSupport.parkNanos(BLIND_NANOS);
      return;
    }
    pollFd.set(ValueLayout.JAVA_INT, 0, epoll.getAsInt());
    pollFd.set(ValueLayout.JAVA_SHORT, POLLFD_EVENTS, POLLIN);
    int _ = Libc.call(Libc.POLL, pollFd, 1L, POLL_MILLIS);
  }

  /** DPDK makes a new epoll whenever its sources change. */
  private OptionalInt findEpoll() {
    try (DirectoryStream<Path> fds = Files.newDirectoryStream(FDS)) {
      for (Path fd : fds) {
        int number = Integer.parseInt(fd.getFileName().toString());
        if (isOurs(number)) {
          return OptionalInt.of(number);
        }
      }
    } catch (IOException _) {
      return OptionalInt.empty();
    }
    return OptionalInt.empty();
  }

  /** Whether a file descriptor is an epoll that waits for our source. */
  private boolean isOurs(int fd) {
    try {
      if (!Files.readSymbolicLink(FDS.resolve(Integer.toString(fd))).toString().equals(EPOLL)) {
        return false;
      }
      return Files.readAllLines(FD_INFOS.resolve(Integer.toString(fd))).stream()
          .map(String::strip)
          .anyMatch(line -> line.matches("tfd: +" + eventFd + " .*"));
    } catch (IOException _) {
      return false; // closed meanwhile
    }
  }

  /** Functions of the C library. */
  private static final class Libc {
    static final MethodHandle EVENTFD =
        link("eventfd", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    static final MethodHandle POLL =
        link(
            "poll",
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT);
    private static final MethodHandle READ_BYTES =
        link(
            "read",
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG);
    private static final MethodHandle WRITE_BYTES =
        link(
            "write",
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG);
    static final MethodHandle READ = MethodHandles.insertArguments(READ_BYTES, 2, 8L);
    static final MethodHandle WRITE = MethodHandles.insertArguments(WRITE_BYTES, 2, 8L);

    private static MethodHandle link(String name, ValueLayout result, ValueLayout... arguments) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    static int call(MethodHandle function, Object... arguments) {
      try {
        return ((Number) function.invokeWithArguments(arguments)).intValue();
      } catch (Throwable t) {
        throw new AssertionError("downcall", t);
      }
    }
  }
}
