package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.socket.TcpError;

/**
 * Each TCP error has an exception type that Netty's users catch, and the kernel's text where there
 * is one.
 */
class SocketErrorsTest {
  private static final InetSocketAddress REMOTE = new InetSocketAddress("10.0.0.1", 80);

  @ParameterizedTest
  @EnumSource(TcpError.class)
  void whyAnAttemptFailed(TcpError error) {
    IOException e = SocketErrors.connecting(error, REMOTE, 150);
    switch (error) {
      case REFUSED, RESET -> is(ConnectException.class, "Connection refused", e);
      case CONNECT_TIMED_OUT ->
          is(
              ConnectTimeoutException.class, // Netty's own, as with every transport
              "connection timed out after 150 ms: /10.0.0.1:80",
              e);
      case TIMED_OUT, USER_TIMEOUT, KEEPALIVE_TIMEOUT, IDLE_TIMEOUT ->
          is(ConnectException.class, "Connection timed out", e);
      case HOST_UNREACHABLE -> is(NoRouteToHostException.class, "No route to host", e);
      case NET_UNREACHABLE -> is(NoRouteToHostException.class, "Network is unreachable", e);
      case NONE, ABORTED -> is(ConnectException.class, "Software caused connection abort", e);
      case STACK_CLOSED -> is(SocketException.class, "The network stack was closed", e);
    }
  }

  @ParameterizedTest
  @EnumSource(TcpError.class)
  void whyAConnectionBroke(TcpError error) {
    IOException e = SocketErrors.established(error);
    switch (error) {
      case RESET, REFUSED -> is(SocketException.class, "Connection reset by peer", e);
      case TIMED_OUT, CONNECT_TIMED_OUT, USER_TIMEOUT ->
          is(SocketException.class, "Connection timed out", e);
      case KEEPALIVE_TIMEOUT ->
          is(SocketException.class, "Connection timed out: keepalive probes weren't answered", e);
      case IDLE_TIMEOUT ->
          is(SocketException.class, "Connection timed out: idle beyond tcp_timeout", e);
      case HOST_UNREACHABLE -> is(NoRouteToHostException.class, "No route to host", e);
      case NET_UNREACHABLE -> is(NoRouteToHostException.class, "Network is unreachable", e);
      case NONE, ABORTED -> is(SocketException.class, "Software caused connection abort", e);
      case STACK_CLOSED -> is(SocketException.class, "The network stack was closed", e);
    }
  }

  private static void is(Class<? extends IOException> type, String message, IOException e) {
    assertInstanceOf(type, e);
    assertEquals(message, e.getMessage());
  }

  /** This machine's C library has the same texts for the errors that frameworks look for. */
  @ParameterizedTest
  @EnumSource(Kernel.class)
  void theTextsAreTheKernels(Kernel error) {
    assumeTrue(Epoll.isAvailable(), "epoll's native library isn't there");
    assertTrue(
        new Errors.NativeIoException("read", -error.number)
            .getMessage()
            .endsWith(error.ours.getMessage()));
  }

  /** Constants of Linux's {@code errno.h}. */
  enum Kernel {
    RESET(104, SocketErrors.established(TcpError.RESET)),
    BROKEN_PIPE(32, SocketErrors.brokenPipe()),
    REFUSED(111, SocketErrors.connecting(TcpError.REFUSED, REMOTE, 0)),
    TIMED_OUT(110, SocketErrors.established(TcpError.TIMED_OUT)),
    NO_ROUTE(113, SocketErrors.established(TcpError.HOST_UNREACHABLE)),
    NET_UNREACHABLE(101, SocketErrors.established(TcpError.NET_UNREACHABLE)),
    ALREADY_BOUND(22, SocketErrors.alreadyBound()),
    ABORTED(103, SocketErrors.established(TcpError.ABORTED));

    private final int number;
    private final IOException ours;

    Kernel(int number, IOException ours) {
      this.number = number;
      this.ours = ours;
    }
  }
}
