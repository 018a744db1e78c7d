package org.mosstack.netty;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.mosstack.MosStack;
import org.mosstack.socket.Endpoint;

/** Checks Java's socket addresses, and converts them to the stack's. */
final class InetAddresses {
  private static final long PACKED = 1L << 48; // the bit above address and port

  private InetAddresses() {}

  /**
   * Checks an address given by the user.
   *
   * @throws UnsupportedAddressTypeException not an {@link InetSocketAddress}
   * @throws UnresolvedAddressException an unresolved host name
   */
  static InetSocketAddress checked(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet)) {
      throw new UnsupportedAddressTypeException();
    }
    if (inet.isUnresolved()) {
      throw new UnresolvedAddressException();
    }
    return inet;
  }

  /** The endpoint of a checked address; either family's wildcard stands for IPv4's. */
  static Endpoint toEndpoint(InetSocketAddress address) {
    return address.getAddress().isAnyLocalAddress()
        ? new Endpoint(Endpoint.ANY.address(), address.getPort())
        : Endpoint.of(address);
  }

  /** Whom to connect to: the wildcard means this host, as for connect everywhere. */
  static Endpoint toPeer(InetSocketAddress address) {
    return address.getAddress().isAnyLocalAddress()
        ? Endpoint.of("127.0.0.1", address.getPort())
        : Endpoint.of(address);
  }

  /** Whether the stack refuses to connect to the address, by an exception that names it. */
  static boolean isRefusedPeer(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        && inet.getAddress() instanceof Inet6Address peer
        && !peer.isAnyLocalAddress();
  }

  /**
   * A checked address to bind to.
   *
   * @throws BindException when it isn't one of the stack's
   * @throws java.net.SocketException an IPv6 address
   */
  static InetSocketAddress toLocal(SocketAddress address, MosStack stack) throws IOException {
    Endpoint endpoint = toEndpoint(checked(address));
    Inet4Address local = endpoint.ipv4();
    if (!local.isAnyLocalAddress() && !stack.isLocal(local)) {
      throw new BindException("Cannot assign requested address: " + endpoint);
    }
    return endpoint.toSocketAddress();
  }

  /**
   * Returns a connection's endpoint as a number, from which {@link #unpack} makes it again: an idle
   * connection's addresses take hardly any memory until somebody asks for them.
   */
  static long pack(Endpoint endpoint) {
    int address = endpoint.address().hashCode(); // IPv4's is the address
    return PACKED | (address & 0xFFFF_FFFFL) << Short.SIZE | endpoint.port();
  }

  /** Returns the address that {@link #pack} made a number of. */
  static InetSocketAddress unpack(long packed) {
    byte[] address = new byte[Integer.BYTES];
    ByteBuffer.wrap(address).putInt((int) (packed >>> Short.SIZE));
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), (int) packed & 0xFFFF);
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // four bytes are an address
    }
  }
}
