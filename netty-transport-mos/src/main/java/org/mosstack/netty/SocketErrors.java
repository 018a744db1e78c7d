package org.mosstack.netty;

import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import org.mosstack.MosStack;
import org.mosstack.socket.TcpError;

/**
 * The exceptions for TCP's errors: of the types that Netty's users catch, with Linux's texts for
 * its error numbers, which frameworks look at.
 */
final class SocketErrors {
  private static final String REFUSED = "Connection refused"; // ECONNREFUSED
  private static final String RESET = "Connection reset by peer"; // ECONNRESET
  private static final String BROKEN_PIPE = "Broken pipe"; // EPIPE
  private static final String TIMED_OUT = "Connection timed out"; // ETIMEDOUT
  private static final String NO_ROUTE = "No route to host"; // EHOSTUNREACH
  private static final String NET_UNREACHABLE = "Network is unreachable"; // ENETUNREACH
  private static final String INVALID = "Invalid argument"; // EINVAL
  private static final String ABORTED = "Software caused connection abort"; // ECONNABORTED

  /** No kernel error: a kernel's stack doesn't end before its sockets do. */
  private static final String STACK_CLOSED = "The network stack was closed";

  private static final String NOT_CONFIGURED =
      " (the shared stack has the loopback alone, with what listens in this process;"
          + " -Dmos.conf=FILE gives it a port, -Dmos.fallback=true the kernel what is elsewhere)";

  private SocketErrors() {}

  /** Why a connection attempt failed. */
  static IOException connecting(TcpError error, InetSocketAddress remote, int timeoutMillis) {
    return switch (error) {
      case REFUSED, RESET -> new ConnectException(REFUSED);
      case CONNECT_TIMED_OUT ->
          new ConnectTimeoutException(
              "connection timed out after " + timeoutMillis + " ms: " + remote);
      case TIMED_OUT, USER_TIMEOUT, KEEPALIVE_TIMEOUT, IDLE_TIMEOUT ->
          new ConnectException(TIMED_OUT);
      case HOST_UNREACHABLE -> new NoRouteToHostException(NO_ROUTE);
      case NET_UNREACHABLE -> new NoRouteToHostException(NET_UNREACHABLE);
      case NONE, ABORTED -> new ConnectException(ABORTED);
      case STACK_CLOSED -> new SocketException(STACK_CLOSED);
    };
  }

  /**
   * Says what to do if a connection attempt had to fail because the shared stack hasn't been
   * configured: the rest of the world is out of its reach.
   */
  static Throwable explained(Throwable cause, MosStack stack) {
    if (!LoopbackOnly.is(stack)) {
      return cause;
    }
    String message = cause.getMessage() + NOT_CONFIGURED;
    return switch (cause) {
      case NoRouteToHostException _ -> new NoRouteToHostException(message);
      case ConnectException _ -> new ConnectException(message);
      default -> cause;
    };
  }

  /** Why an established connection broke. */
  static SocketException established(TcpError error) {
    return switch (error) {
      case RESET, REFUSED -> new SocketException(RESET);
      case TIMED_OUT, CONNECT_TIMED_OUT, USER_TIMEOUT -> new SocketException(TIMED_OUT);
      case KEEPALIVE_TIMEOUT ->
          new SocketException(TIMED_OUT + ": keepalive probes weren't answered");
      case IDLE_TIMEOUT -> new SocketException(TIMED_OUT + ": idle beyond tcp_timeout");
      case HOST_UNREACHABLE -> new NoRouteToHostException(NO_ROUTE);
      case NET_UNREACHABLE -> new NoRouteToHostException(NET_UNREACHABLE);
      case NONE, ABORTED -> new SocketException(ABORTED);
      case STACK_CLOSED -> new SocketException(STACK_CLOSED);
    };
  }

  /** A write on a connection whose end was already reported, or whose peer had left. */
  static SocketException brokenPipe() {
    return new SocketException(BROKEN_PIPE);
  }

  /** A bind of a channel that already has a local address. */
  static BindException alreadyBound() {
    return new BindException(INVALID);
  }
}
