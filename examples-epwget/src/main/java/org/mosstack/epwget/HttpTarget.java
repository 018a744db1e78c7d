package org.mosstack.epwget;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * What is asked for, and where: a parsed {@code http} URL whose host has been resolved.
 *
 * @param host the host as written, an IPv4 address or a name
 * @param address the IPv4 address and port to connect to
 * @param path the request target in origin form (RFC 9112, 3.2.1): begins with a slash, holds the
 *     query, visible ASCII only
 */
public record HttpTarget(String host, InetSocketAddress address, String path) {
  /** The default port of {@code http} (RFC 9110, 4.2.1). */
  public static final int DEFAULT_PORT = 80;

  private static final String SCHEME = "http://";

  /**
   * Parses {@code [http://]host[:port][/path]}, and resolves the host, which may block.
   *
   * @param url the URL
   * @param defaultPort the port where the URL has none, 1 to 65535
   * @throws IllegalArgumentException if the URL is not of that form, or the host has no IPv4
   *     address; the message says what was read and what is allowed
   */
  public static HttpTarget parse(String url, int defaultPort) {
    String rest = url;
    if (url.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      rest = url.substring(SCHEME.length());
    } else if (url.contains("://")) {
      throw bad(url, "no scheme but http://");
    }
    if (!rest.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#')) {
      throw bad(url, "visible ASCII without #; anything else percent-encoded");
    }
    int authorityEnd = authorityEnd(rest);
    String authority = rest.substring(0, authorityEnd);
    String path = rest.substring(authorityEnd);
    if (!path.startsWith("/")) {
      path = "/" + path;
    }
    if (authority.indexOf('@') >= 0 || authority.indexOf('[') >= 0) {
      throw bad(url, "an IPv4 address or a name as host, no user, no IPv6");
    }
    int colon = authority.indexOf(':');
    String host = colon < 0 ? authority : authority.substring(0, colon);
    int port = colon < 0 ? defaultPort : port(url, authority.substring(colon + 1));
    if (host.isEmpty()) {
      throw bad(url, "[http://]host[:port][/path]");
    }
    return new HttpTarget(host, new InetSocketAddress(resolve(url, host), port), path);
  }

  /** The value of the Host header: the port is left out where it is the scheme's own. */
  public String hostHeader() {
    return address.getPort() == DEFAULT_PORT ? host : host + ":" + address.getPort();
  }

  private static int authorityEnd(String rest) {
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
      end++;
    }
    return end;
  }

  private static int port(String url, String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException _) {
      // Falls through: the same message as for a number out of range.
    }
    throw bad(url, "a port from 1 to 65535");
  }

  private static InetAddress resolve(String url, String host) {
    try {
      return Arrays.stream(InetAddress.getAllByName(host))
          .filter(Inet4Address.class::isInstance)
          .findFirst()
          .orElseThrow(() -> bad(url, "a host with an IPv4 address"));
    } catch (UnknownHostException _) {
      throw bad(url, "an IPv4 address, or a name that resolves, as host");
    }
  }

  private static BadUrlException bad(String url, String allowed) {
    return new BadUrlException(url, allowed);
  }

  /** A URL that can't be used. */
  static final class BadUrlException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String allowed;

    BadUrlException(String url, String allowed) {
      super("url: read \"" + url + "\", allowed: " + allowed);
      this.allowed = allowed;
    }

    /** What may stand there, for a message that names the place too. */
    String allowed() {
      return allowed;
    }
  }
}
