package org.mosstack.agent;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mosstack.config.Ip4Prefix;

/**
 * One of the {@link Rules}: which addresses and ports it is about, and whether they are to be the
 * stack's or the kernel's. Immutable.
 *
 * @param text as it was read
 * @param isNegated whether what matches stays with the kernel
 * @param network the addresses; empty for all
 * @param fromPort the first port
 * @param toPort the last port
 */
record Rule(String text, boolean isNegated, Optional<Ip4Prefix> network, int fromPort, int toPort) {
  private static final int MAX_PORT = 0xFFFF;
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?<not>!?)(?<address>[0-9.]+)?(?<length>/[0-9]{1,2})?"
              + "(:(?<from>[0-9]{1,5})(-(?<to>[0-9]{1,5}))?)?");

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it isn't one
   */
  static Rule parse(String text) {
    Matcher parts = SYNTAX.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(text);
    }
    String address = parts.group("address");
    String length = parts.group("length");
    String from = parts.group("from");
    if (address == null && (length != null || from == null)) {
      throw new IllegalArgumentException(text);
    }
    String to = parts.group("to");
    int first = from == null ? 0 : port(from); // 0: a port that is chosen when it is bound
    int last = from == null ? MAX_PORT : to == null ? first : port(to);
    if (last < first) {
      throw new IllegalArgumentException(text);
    }
    return new Rule(text, !parts.group("not").isEmpty(), network(address, length), first, last);
  }

  private static Optional<Ip4Prefix> network(String address, String length) {
    return address == null
        ? Optional.empty()
        : Optional.of(Ip4Prefix.parse(address + (length == null ? "/32" : length)));
  }

  private static int port(String text) {
    int port = Integer.parseInt(text);
    if (port == 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(text);
    }
    return port;
  }

  /** Whether it is about this address and port; about an IPv6 address, none is. */
  boolean matches(InetAddress address, int port) {
    return matchesPort(port)
        && address instanceof Inet4Address ipv4
        && network.map(net -> net.contains(ipv4)).orElse(true);
  }

  /**
   * Whether it is about a bind of this port to all addresses. A rule that leaves one address to the
   * kernel doesn't leave all of them to it.
   */
  boolean matchesWildcard(int port) {
    return matchesPort(port) && !(isNegated && network.isPresent());
  }

  private boolean matchesPort(int port) {
    return fromPort <= port && port <= toPort;
  }
}
