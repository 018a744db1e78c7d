package org.mosstack.netty;

import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import org.mosstack.tcp.TcpError;

/** The exceptions that Netty's users know, for TCP's errors. */
final class SocketErrors {
  private SocketErrors() {}

  /** Why a connection attempt failed. */
  static IOException connecting(TcpError error, InetSocketAddress remote, int timeoutMillis) {
    return switch (error) {
      case REFUSED, RESET -> new ConnectException("Connection refused");
      case CONNECT_TIMED_OUT ->
          new ConnectTimeoutException(
              "connection timed out after " + timeoutMillis + " ms: " + remote);
      case TIMED_OUT, USER_TIMEOUT, KEEPALIVE_TIMEOUT, IDLE_TIMEOUT ->
          new ConnectException("Connection timed out");
      case HOST_UNREACHABLE -> new NoRouteToHostException("No route to host");
      case NET_UNREACHABLE -> new NoRouteToHostException("Network is unreachable");
      case NONE, ABORTED -> new ConnectException("Connection aborted");
      case STACK_CLOSED -> new SocketException("The network stack was closed");
    };
  }

  /** Why an established connection broke. */
  static SocketException established(TcpError error) {
    return switch (error) {
      case RESET, REFUSED -> new SocketException("Connection reset");
      case TIMED_OUT, CONNECT_TIMED_OUT, USER_TIMEOUT ->
          new SocketException("Connection timed out");
      case KEEPALIVE_TIMEOUT ->
          new SocketException("Connection timed out: keepalive probes weren't answered");
      case IDLE_TIMEOUT -> new SocketException("Connection timed out: idle beyond tcp_timeout");
      case HOST_UNREACHABLE -> new NoRouteToHostException("No route to host");
      case NET_UNREACHABLE -> new NoRouteToHostException("Network is unreachable");
      case NONE, ABORTED -> new SocketException("Connection aborted");
      case STACK_CLOSED -> new SocketException("The network stack was closed");
    };
  }
}
