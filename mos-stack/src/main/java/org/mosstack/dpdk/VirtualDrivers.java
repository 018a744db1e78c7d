package org.mosstack.dpdk;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.mosstack.config.ConfigException;
import org.mosstack.config.Driver;
import org.mosstack.config.Ip4Prefix;
import org.mosstack.device.NetDevice;
import org.mosstack.header.EthernetHeader;
import org.mosstack.os.KernelInterface;

/** What must be known about DPDK's virtual devices beyond what their ports report. */
final class VirtualDrivers {
  static final String MEMIF = "net_memif";
  private static final String AF_PACKET = "net_af_packet";
  private static final String AF_XDP = "net_af_xdp";
  private static final String PCAP = "net_pcap";

  /** From which the kernel makes TAP interfaces (tuntap.rst). */
  private static final Path TUN = Path.of("/dev/net/tun");

  /** Drivers that only touch memory: their bursts never block. The others make system calls. */
  private static final Set<String> MEMORY_ONLY = Set.of(MEMIF, "net_ring", "net_null");

  /** Linux capability numbers (capability.h). */
  private static final int CAP_NET_ADMIN = 12;

  private static final int CAP_NET_RAW = 13;

  /**
   * af_packet: the default frame size, and the size of what precedes the packet in a frame
   * (TPACKET2_HDRLEN).
   */
  private static final int AF_PACKET_FRAME_BYTES = 2048;

  private static final int AF_PACKET_HEADER_BYTES = 128;
  private static final String FRAME_SIZE = "framesz";
  private static final int PAGE_BYTES = 4096;

  /** What the kernel leaves free in front of a frame (XDP_PACKET_HEADROOM, linux/bpf.h). */
  private static final int XDP_HEADROOM_BYTES = 256;

  /** What a NIC may have to append to and insert into a frame: its checksum and two VLAN tags. */
  private static final int VLAN_AND_CRC_BYTES = 4 + 2 * 4;

  /** A bit of the first byte, next to those for multicast and local administration (IEEE 802). */
  private static final long OTHER_MAC_BIT = 0x0400_0000_0000L;

  private VirtualDrivers() {}

  /** Whether a driver's bursts may block. */
  static boolean mayBlock(String driver) {
    return !MEMORY_ONLY.contains(driver);
  }

  /** Whether we must restart the port when its link went down. */
  static boolean reconnects(PortOptions options) {
    return options.driver().equals(MEMIF) && !isMemifServer(options);
  }

  /** Whether control events of the port must be kept apart from bursts ({@link BurstGate}). */
  static boolean needsGate(PortOptions options) {
    return options.driver().equals(MEMIF);
  }

  /** Whether another process writes into the memory from which the driver receives. */
  static boolean sharesMemory(PortOptions options) {
    return options.driver().equals(MEMIF);
  }

  /** Whether the port may start with nobody at the other end. */
  static boolean startsAlone(PortOptions options) {
    return options.driver().equals(MEMIF) && isMemifServer(options);
  }

  private static boolean isMemifServer(PortOptions options) {
    return options.devarg("role").filter(r -> r.equals("server") || r.equals("master")).isPresent();
  }

  /** Whether to tell DPDK the MTU; the excluded drivers carry any, or the kernel knows it. */
  static boolean tellsMtu(PortOptions options) {
    return !options.driver().equals(MEMIF) && kernelMtu(options).isEmpty();
  }

  /** Whether setting the port's MTU sets that of the interface at the other end of the link. */
  static boolean setsMtuOfPeer(PortOptions options) {
    return options.driver().equals(Driver.TAP);
  }

  /**
   * The MAC address that the stack is to use on a port. A TAP port has that of its kernel
   * interface, which is the other end of the link: the stack needs one of its own. The port accepts
   * all frames.
   *
   * @param portMac the port's, 48 bits
   */
  static long stackMac(PortOptions options, long portMac) {
    return options.driver().equals(Driver.TAP) ? portMac ^ OTHER_MAC_BIT : portMac;
  }

  /** The MTU that a device will have, before there is a port to query. */
  static int mtu(PortOptions options) {
    if (options.mtu().isPresent()) {
      return options.mtu().getAsInt();
    }
    return kernelMtu(options).orElse(NetDevice.ETHERNET_MTU);
  }

  /** The MTU of the kernel interface that a driver borrows; empty if it borrows none. */
  private static OptionalInt kernelMtu(PortOptions options) {
    if (options.driver().equals(Driver.TAP) || options.isPci()) {
      return OptionalInt.empty();
    }
    return options.devarg(Driver.IFACE).map(KernelInterface::mtu).orElse(OptionalInt.empty());
  }

  /**
   * The number of queues to request from a port.
   *
   * <p>One each way for memif: its two ends must have the same number, and don't detect if they
   * differ.
   *
   * @param cores that use the port
   */
  static int queues(PortOptions options, int cores) {
    int standard = options.driver().equals(MEMIF) ? 1 : cores;
    return Math.min(cores, options.queues().orElse(standard));
  }

  /**
   * The longest frame that a port may put into a buffer, in bytes: the room that buffers need.
   *
   * @param mtu the device's
   */
  static int frameBytes(PortOptions options, int mtu) {
    return switch (options.driver()) {
      case Driver.PCI -> mtu + EthernetHeader.BYTES + VLAN_AND_CRC_BYTES;
      case AF_PACKET -> afPacketFrameBytes(options, mtu);
      case AF_XDP -> NetDevice.frameBytes(mtu) + XDP_HEADROOM_BYTES;
      default -> NetDevice.frameBytes(mtu);
    };
  }

  /** Whether the port keeps the buffers in its receive ring when it is closed. */
  static boolean keepsBuffers(PortOptions options) {
    return options.driver().equals(AF_XDP);
  }

  /** Frame size that fits, as frames lie one after the other in blocks of whole pages. */
  private static int afPacketFrameBytes(PortOptions options, int mtu) {
    int needed = mtu + EthernetHeader.BYTES + AF_PACKET_HEADER_BYTES;
    int pages = (needed + PAGE_BYTES - 1) / PAGE_BYTES;
    int bytes = needed <= AF_PACKET_FRAME_BYTES ? AF_PACKET_FRAME_BYTES : pages * PAGE_BYTES;
    return options.devarg(FRAME_SIZE).map(Integer::parseInt).orElse(bytes);
  }

  /** Adds the arguments that follow from others, where the user gave none. */
  static PortOptions complete(PortOptions options, int queues, int mtu) {
    return switch (options.driver()) {
      case AF_PACKET -> completeAfPacket(options, queues, mtu);
      case MEMIF -> MemifSocket.of(options).complete(options);
      default -> options;
    };
  }

  private static PortOptions completeAfPacket(PortOptions options, int queues, int mtu) {
    PortOptions complete = options;
    if (queues > 1 && options.devarg("qpairs").isEmpty()) {
      complete = complete.with("qpairs", queues);
    }
    int frame = afPacketFrameBytes(options, mtu);
    if (frame > AF_PACKET_FRAME_BYTES && options.devarg(FRAME_SIZE).isEmpty()) {
      complete = complete.with(FRAME_SIZE, frame).with("blocksz", frame);
    }
    return complete;
  }

  /**
   * Finds what would make a driver fail without giving a reason.
   *
   * @param device the device's name, for the message
   */
  static void check(String device, PortOptions options) {
    switch (options.driver()) {
      case AF_PACKET -> {
        checkInterface(device, options);
        checkCapability(device, options, CAP_NET_RAW, "CAP_NET_RAW");
      }
      case AF_XDP -> {
        checkInterface(device, options);
        checkCapability(device, options, CAP_NET_RAW, "CAP_NET_RAW");
        checkCapability(device, options, CAP_NET_ADMIN, "CAP_NET_ADMIN");
      }
      case Driver.TAP -> {
        checkCapability(device, options, CAP_NET_ADMIN, "CAP_NET_ADMIN");
        checkTap(device, options, TUN);
      }
      case PCAP -> {
        if (options.devarg(Driver.IFACE).isPresent()) {
          checkInterface(device, options);
          checkCapability(device, options, CAP_NET_RAW, "CAP_NET_RAW");
        }
      }
      case MEMIF -> MemifSocket.of(options).check(device, isMemifServer(options));
      default -> {}
    }
  }

  private static void checkInterface(String device, PortOptions options) {
    if (kernelMtu(options).isEmpty()) {
      throw new ConfigException(
          device
              + ": "
              + options.driver()
              + ": there is no kernel interface "
              + options.devarg(Driver.IFACE).orElse("named: iface=NAME is needed")
              + "; 'ip link' lists them");
    }
  }

  /**
   * Checks that the kernel can make the interface, and that its address, where the port is to give
   * it one, cuts off nobody.
   */
  static void checkTap(String device, PortOptions options, Path tun) {
    if (!Files.exists(tun)) {
      throw new ConfigException(
          device
              + ": net_tap needs "
              + tun
              + ": modprobe tun makes it, and for a container --device "
              + tun);
    }
    if (options.peer().isEmpty()) {
      return;
    }
    Ip4Prefix peer = options.peer().get();
    String iface = options.devarg(Driver.IFACE).orElseThrow();
    if (KernelInterface.mtu(iface).isPresent()) {
      throw new ConfigException(
          device
              + ": net_tap: there is a kernel interface "
              + iface
              + " already, perhaps of the same program: end that, or name another with iface=");
    }
    Optional<String> other = KernelNetworks.interfaceTowards(peer);
    if (other.isPresent()) {
      throw new ConfigException(
          device
              + ": net_tap: this machine reaches "
              + peer.network().getHostAddress()
              + "/"
              + peer.prefixLength()
              + ", or a part of it, by its interface "
              + other.get()
              + ": choose another network for the netdev line");
    }
  }

  private static void checkCapability(
      String device, PortOptions options, int capability, String name) {
    if (!Capability.isEffective(capability)) {
      throw new ConfigException(
          device
              + ": "
              + options.driver()
              + " needs "
              + name
              + ": run it as root, or give it that");
    }
  }
}
