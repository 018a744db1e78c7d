package org.mosstack.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * The kernel's network interfaces (netdevice(7)), also those without an address: {@link
 * java.net.NetworkInterface} doesn't know them, and an interface that is lent to a user-level stack
 * has none.
 */
public final class KernelInterface {
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final long SIOCGIFMTU = 0x8921; // linux/sockios.h

  /** struct ifreq (linux/if.h): a name of 16 bytes with its end, and a union. */
  private static final int IFREQ_BYTES = 40;

  private static final int NAME_BYTES = 16;

  private KernelInterface() {}

  /**
   * The MTU of an interface in the process's network namespace.
   *
   * @param name the interface's, as {@code ip link} shows it
   * @return bytes, or empty when there is no such interface
   */
  public static OptionalInt mtu(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= NAME_BYTES) {
      return OptionalInt.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ifreq = arena.allocate(IFREQ_BYTES, Long.BYTES);
      MemorySegment.copy(bytes, 0, ifreq, ValueLayout.JAVA_BYTE, 0, bytes.length);
      return ioctl(SIOCGIFMTU, ifreq) == 0
          ? OptionalInt.of(ifreq.get(ValueLayout.JAVA_INT, NAME_BYTES))
          : OptionalInt.empty();
    }
  }

  /** Any socket will do: the request names the interface. */
  private static int ioctl(long request, MemorySegment ifreq) {
    try {
      int socket = (int) Libc.SOCKET.invokeExact(AF_INET, SOCK_DGRAM, 0);
      if (socket < 0) {
        throw new IllegalStateException("no socket to ask the kernel's interfaces with");
      }
      int result = (int) Libc.IOCTL.invokeExact(socket, request, ifreq);
      int _ = (int) Libc.CLOSE.invokeExact(socket);
      return result;
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("ioctl downcall", t);
    }
  }

  /** The C functions, linked when first used. */
  @SuppressWarnings("restricted") // Linking libc is what this class is for.
  private static final class Libc {
    static final MethodHandle SOCKET =
        link(
            "socket",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT));
    static final MethodHandle CLOSE =
        link("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    static final MethodHandle IOCTL =
        link(
            "ioctl",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));

    private static MethodHandle link(
        String name, FunctionDescriptor type, Linker.Option... options) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }
  }
}
