package org.mosstack.dpdk;

import java.io.IOException;
import java.lang.foreign.Arena;
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
import org.mosstack.os.CSignature;
import org.mosstack.os.Libc;

/**
 * Runs the callbacks of DPDK's interrupt thread only while a {@link BurstGate} is closed.
 *
 * <p>That thread waits on an epoll for all of its sources. A source of ours, an event file
 * descriptor, keeps it in {@link #onInterrupt} instead: there it waits until the same epoll has an
 * event from another source, then closes the gate, makes our source ready again and returns to
 * DPDK, which handles what is ready and comes back to us, where the gate is opened.
 */
final class InterruptGuard {
  private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800; // eventfd(2)
  private static final int POLLFD_BYTES = 8; // int fd; short events, revents
  private static final int POLLFD_EVENTS = 4;
  private static final short POLLIN = 1;
  private static final int POLL_MILLIS = 1000; // a fallback: a change of the epoll also wakes it
  private static final long BLIND_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final Path FDS = Path.of("/proc/self/fd");
  private static final Path FD_INFOS = Path.of("/proc/self/fdinfo");
  private static final String EPOLL = "anon_inode:[eventpoll]";

  /** {@code void (*rte_intr_callback_fn)(void *)}. */
  static final CSignature CALLBACK = CSignature.ofVoid(ValueLayout.ADDRESS);

  private final BurstGate gate = new BurstGate();
  private final Arena arena = Arena.global(); // the interrupt thread lives as long as the process
  private final MemorySegment pollFd = arena.allocate(POLLFD_BYTES, Integer.BYTES);
  private final MemorySegment count = arena.allocate(Long.BYTES, Long.BYTES);
  private final int eventFd;
  private OptionalInt epoll = OptionalInt.empty();

  /** Starts guarding: from here on, no callback runs during a burst. */
  InterruptGuard(DpdkLibraries libraries) {
    eventFd = Calls.call(Calls.EVENTFD, 1, EFD_CLOEXEC_NONBLOCK);
    long handle =
        libraries
            .function(Rte.RTE_INTR_INSTANCE_ALLOC)
            .callForAddress(DpdkAbi.INTR_INSTANCE_F_PRIVATE);
    libraries.function(Rte.RTE_INTR_FD_SET).call(handle, eventFd);
    libraries.function(Rte.RTE_INTR_TYPE_SET).call(handle, DpdkAbi.INTR_HANDLE_EXT);
    int result = libraries.function(Rte.RTE_INTR_CALLBACK_REGISTER).call(handle, callback(), 0L);
    if (result != 0) {
      throw new ConfigException("DPDK refuses an interrupt source (" + result + ")");
    }
  }

  private MemorySegment callback() {
    try {
      MethodHandle onInterrupt =
          MethodHandles.lookup()
              .bind(this, "onInterrupt", MethodType.methodType(void.class, MemorySegment.class));
      return CALLBACK.upcallStub(onInterrupt, arena);
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
    int _ = Calls.call(Calls.READ, eventFd, count);
    awaitOthers();
    gate.close();
    count.set(ValueLayout.JAVA_LONG, 0, 1);
    int _ = Calls.call(Calls.WRITE, eventFd, count);
  }

  /** Waits until the thread's epoll has an event from another source than ours. */
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
    int _ = Calls.call(Calls.POLL, pollFd, 1L, POLL_MILLIS);
  }

  /** Finds the thread's epoll; DPDK creates a new one whenever its sources change. */
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

  /** Functions of the C library, linked when first used. */
  private static final class Calls {
    static final MethodHandle EVENTFD = Libc.EVENTFD.link();
    static final MethodHandle POLL = Libc.POLL.link();
    static final MethodHandle READ = MethodHandles.insertArguments(Libc.READ.link(), 2, 8L);
    static final MethodHandle WRITE = MethodHandles.insertArguments(Libc.WRITE.link(), 2, 8L);

    static int call(MethodHandle function, Object... arguments) {
      try {
        return ((Number) function.invokeWithArguments(arguments)).intValue();
      } catch (Throwable t) {
        throw new AssertionError("downcall", t);
      }
    }
  }
}
