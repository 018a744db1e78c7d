package org.mosstack.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * The kernel's network interfaces (netdevice(7)), also those without an address: {@link
 * java.net.NetworkInterface} doesn't know those, and an interface lent to a user-level stack has
 * none.
 */
public final class KernelInterface {
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;

  /** Requests of linux/sockios.h. */
  private static final long SIOCSIFADDR = 0x8916;

  private static final long SIOCSIFNETMASK = 0x891c;
  private static final long SIOCGIFMTU = 0x8921;

  /** struct ifreq (linux/if.h): a name of 16 bytes with its terminator, and a union. */
  private static final int IFREQ_BYTES = 40;

  private static final int NAME_BYTES = 16;

  /** Where a struct sockaddr_in in the union has the address (linux/in.h). */
  private static final int ADDRESS_OFFSET = NAME_BYTES + 4;

  private KernelInterface() {}

  /**
   * Returns the MTU of an interface in the process's network namespace.
   *
   * @param name the interface's name, as shown by {@code ip link}
   * @return bytes, or empty if there is no such interface
   */
  public static OptionalInt mtu(String name) {
    if (isTooLong(name)) {
      return OptionalInt.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ifreq = ifreq(arena, name);
      return ioctl(SIOCGIFMTU, ifreq) == 0
          ? OptionalInt.of(ifreq.get(ValueLayout.JAVA_INT, NAME_BYTES))
          : OptionalInt.empty();
    }
  }

  /**
   * Gives an interface in the process's network namespace its address. The interface should be down
   * still: one that is up would for a moment have the network of the address's class (RFC 791).
   *
   * @param name the interface's name, as shown by {@code ip link}
   * @return whether it has the address; not if there is no such interface, or the process lacks
   *     CAP_NET_ADMIN
   */
  public static boolean setAddress(String name, Inet4Address address, Inet4Address netmask) {
    if (isTooLong(name)) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      return ioctl(SIOCSIFADDR, ifreq(arena, name, address)) == 0
          && ioctl(SIOCSIFNETMASK, ifreq(arena, name, netmask)) == 0;
    }
  }

  private static boolean isTooLong(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length >= NAME_BYTES;
  }

  private static MemorySegment ifreq(Arena arena, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    MemorySegment ifreq = arena.allocate(IFREQ_BYTES, Long.BYTES);
    MemorySegment.copy(bytes, 0, ifreq, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return ifreq;
  }

  private static MemorySegment ifreq(Arena arena, String name, Inet4Address address) {
    byte[] octets = address.getAddress();
    MemorySegment ifreq = ifreq(arena, name);
    ifreq.set(ValueLayout.JAVA_SHORT, NAME_BYTES, (short) AF_INET);
    MemorySegment.copy(octets, 0, ifreq, ValueLayout.JAVA_BYTE, ADDRESS_OFFSET, octets.length);
    return ifreq;
  }

  /** Any socket will do: the request names the interface. */
  private static int ioctl(long request, MemorySegment ifreq) {
    try {
      int socket = (int) Calls.SOCKET.invokeExact(AF_INET, SOCK_DGRAM, 0);
      if (socket < 0) {
        throw new IllegalStateException("no socket to ask the kernel's interfaces with");
      }
      int result = (int) Calls.IOCTL.invokeExact(socket, request, ifreq);
      int _ = (int) Calls.CLOSE.invokeExact(socket);
      return result;
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("ioctl downcall", t);
    }
  }

  /** The C functions, linked when first used. */
  private static final class Calls {
    static final MethodHandle SOCKET = Libc.SOCKET.link();
    static final MethodHandle CLOSE = Libc.CLOSE.link();
    static final MethodHandle IOCTL = Libc.IOCTL.link();
  }
}
