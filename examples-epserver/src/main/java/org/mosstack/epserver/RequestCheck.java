package org.mosstack.epserver;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;

/** Whether a request's head is one the server answers, and where its body ends. */
final class RequestCheck {
  /**
   * The result of checking a head.
   *
   * @param refusal the status to answer with; null when the target decides
   * @param end whether to answer at once and end the connection, because what follows the head
   *     isn't wanted or can't be told from the next request
   * @param sendContinue whether the client waits for a 100 before it sends the body
   */
  record Verdict(HttpResponseStatus refusal, boolean end, boolean sendContinue) {
    private static final Verdict GOOD = new Verdict(null, false, false);
    private static final Verdict GOOD_CONTINUE = new Verdict(null, false, true);

    private static Verdict end(HttpResponseStatus refusal) {
      return new Verdict(refusal, true, false);
    }
  }

  private RequestCheck() {}

  /** The answer to a message that the codec couldn't read. */
  static HttpResponseStatus statusOf(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException _ -> HttpResponseStatus.REQUEST_URI_TOO_LONG;
      case TooLongHttpHeaderException _ -> HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
      case null, default -> HttpResponseStatus.BAD_REQUEST;
    };
  }

  /** Checks a head that the codec could read. */
  static Verdict check(HttpRequest request, ServerLimits limits) {
    HttpHeaders headers = request.headers();
    HttpVersion version = request.protocolVersion();
    if (version != HttpVersion.HTTP_1_1 && version != HttpVersion.HTTP_1_0) {
      // The codec reads names without regard to case, where HTTP has one (RFC 9112, 2.3).
      boolean misspelt =
          version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0);
      return Verdict.end(
          misspelt
              ? HttpResponseStatus.BAD_REQUEST
              : HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED);
    }
    boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    if (chunked) {
      if (headers.contains(HttpHeaderNames.CONTENT_LENGTH)
          || !HttpUtil.isTransferEncodingChunked(request)) {
        // Two ends of the body, or none (RFC 9112, 6.1 and 6.3).
        return Verdict.end(HttpResponseStatus.BAD_REQUEST);
      }
      if (!onlyChunked(headers)) {
        return Verdict.end(HttpResponseStatus.NOT_IMPLEMENTED);
      }
    }
    if (!HostHeader.isValid(request)) {
      return Verdict.end(HttpResponseStatus.BAD_REQUEST);
    }
    long length = chunked ? 0 : HttpUtil.getContentLength(request, 0L);
    boolean body = chunked || length > 0;
    HttpResponseStatus refusal = null;
    boolean expects = version == HttpVersion.HTTP_1_1 && headers.contains(HttpHeaderNames.EXPECT);
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      refusal = HttpResponseStatus.METHOD_NOT_ALLOWED;
    } else if (length > limits.maxBody()) {
      refusal = HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE;
    } else if (expects && !HttpUtil.is100ContinueExpected(request)) {
      refusal = HttpResponseStatus.EXPECTATION_FAILED;
    }
    if (refusal == null) {
      return expects && body ? Verdict.GOOD_CONTINUE : Verdict.GOOD;
    }
    // Whether a refused client that expects something sends its body anyway, nobody knows.
    boolean end = length > limits.maxBody() || expects && body;
    return new Verdict(refusal, end, false);
  }

  /** Whether the connection can take another request after this one. */
  static boolean keepAlive(HttpRequest request) {
    if (request.protocolVersion() == HttpVersion.HTTP_1_0) {
      // The codec takes the first of several lengths in a 1.0 request: trust none of them to say
      // where the next request starts.
      return HttpUtil.isKeepAlive(request)
          && !request.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
    }
    return HttpUtil.isKeepAlive(request);
  }

  private static boolean onlyChunked(HttpHeaders headers) {
    return headers.getAll(HttpHeaderNames.TRANSFER_ENCODING).size() == 1
        && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(
            headers.get(HttpHeaderNames.TRANSFER_ENCODING));
  }
}
