package org.mosstack.netty;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.mosstack.MosStack;

/** Converts between Java's socket addresses and the stack's IPv4 addresses, which are ints. */
final class InetAddresses {
  static final int ANY = 0;
  static final int LOOPBACK = 0x7F000001;

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

  /**
   * The address as an int; both wildcards are {@link #ANY}.
   *
   * @throws SocketException an IPv6 address, which the message leaves to the caller
   */
  static int toInt(InetSocketAddress address) throws SocketException {
    InetAddress ip = address.getAddress();
    if (ip.isAnyLocalAddress()) {
      return ANY;
    }
    if (!(ip instanceof Inet4Address)) {
      throw new SocketException("IPv6 isn't supported by this transport");
    }
    byte[] b = ip.getAddress();
    return (b[0] & 0xFF) << 24 | (b[1] & 0xFF) << 16 | (b[2] & 0xFF) << 8 | b[3] & 0xFF;
  }

  /** The socket address of an int and a port. */
  static InetSocketAddress toSocketAddress(int address, int port) {
    byte[] bytes = {
      (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
    };
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an IPv4 address", e);
    }
  }

  /**
   * A checked address to bind to.
   *
   * @throws BindException when it isn't one of the stack's
   */
  static InetSocketAddress toLocal(SocketAddress address, MosStack stack) throws IOException {
    InetSocketAddress checked = checked(address);
    int ip = toInt(checked);
    if (ip != ANY && !stack.isLocal(ip)) {
      throw new BindException("Cannot assign requested address: " + checked);
    }
    return toSocketAddress(ip, checked.getPort());
  }
}
