package org.mosstack.epwget;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.PrematureChannelClosureException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;

/** Why a flow failed. The labels are the keys of the summary's {@code errorsByKind}. */
public enum ErrorKind {
  /** The peer answered the SYN with a RST. */
  CONNECT_REFUSED("connect-refused", false),
  /** No connection within the time limit. */
  CONNECT_TIMEOUT("connect-timeout", false),
  /** No route, or a router said so. */
  UNREACHABLE("unreachable", false),
  /** No free local port or address. */
  NO_LOCAL_PORT("no-local-port", false),
  /** The connection could not be opened for another reason: descriptors, memory, permission. */
  CONNECT_FAILED("connect-failed", false),
  /** The peer reset the established connection. */
  RESET("reset", false),
  /** Another failure of the established connection. */
  IO_ERROR("io-error", false),
  /** No head of a response, or no more of its body, arrived within the time limit. */
  RESPONSE_TIMEOUT("response-timeout", false),
  /** The flow as a whole took longer than allowed. */
  FLOW_TIMEOUT("flow-timeout", false),
  /** The body is longer than allowed. */
  TOO_LARGE("too-large", false),
  /** A status other than 200; counted as {@code status-<code>}. */
  BAD_STATUS("status", false),
  /** Not HTTP/1.x as RFC 9112 has it. */
  PARSE_ERROR("parse-error", false),
  /** Neither Content-Length nor chunked: the body cannot be checked. */
  NO_LENGTH("no-length", false),
  /** More bytes than Content-Length arrived with the response. */
  LENGTH_MISMATCH("length-mismatch", false),
  /** The output file could not be written. */
  FILE_ERROR("file-error", false),
  /** The peer closed before the first byte of the response. An incomplete. */
  CLOSED_BEFORE_RESPONSE("closed-before-response", true),
  /** The peer closed before the last byte of the response. An incomplete. */
  CLOSED_EARLY("closed-early", true);

  private final String label;
  private final boolean incomplete;

  ErrorKind(String label, boolean incomplete) {
    this.label = label;
    this.incomplete = incomplete;
  }

  /** The key this kind is counted under. */
  public String label() {
    return label;
  }

  /** Whether the flow counts among {@code incompletes}; otherwise it counts among the errors. */
  public boolean incomplete() {
    return incomplete;
  }

  /** The kind of a connect that failed with {@code cause}. */
  static ErrorKind ofConnect(Throwable cause) {
    String text = text(cause);
    return switch (cause) {
      case ConnectTimeoutException _ -> CONNECT_TIMEOUT;
      case NoRouteToHostException _ -> UNREACHABLE;
      case BindException _ -> NO_LOCAL_PORT;
      // Netty wraps what has no annotated type of its own; NIO tells others apart by text only.
      case IOException _ when cause.getCause() instanceof BindException -> NO_LOCAL_PORT;
      case IOException _ when text.contains("unreachable") -> UNREACHABLE;
      case IOException _ when text.contains("timed out") -> CONNECT_TIMEOUT;
      case ConnectException _ -> CONNECT_REFUSED;
      case IOException _ when text.contains("reset") -> RESET;
      default -> CONNECT_FAILED;
    };
  }

  /** The kind of an established connection's failure. */
  static ErrorKind ofConnection(Throwable cause) {
    String text = text(cause);
    return switch (cause) {
      case PrematureChannelClosureException _, ClosedChannelException _ -> CLOSED_EARLY;
      case IOException _ when text.contains("reset") || text.contains("broken pipe") -> RESET;
      case IOException _ when text.contains("unreachable") -> UNREACHABLE;
      case IOException _ -> IO_ERROR;
      default -> PARSE_ERROR;
    };
  }

  private static String text(Throwable cause) {
    return String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
  }
}
