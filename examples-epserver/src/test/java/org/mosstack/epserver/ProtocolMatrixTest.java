package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Request bytes against status, Connection header, body, and whether the connection stays open. */
class ProtocolMatrixTest extends EmbeddedTestBase {
  private static final String H = "Host: h\r\n";
  private static final String INDEX = WebFolder.INDEX;
  private static final String OK = "HTTP/1.1 200 OK";
  private static final String BAD = "HTTP/1.1 400 Bad Request";
  private static final String NOT_ALLOWED = "HTTP/1.1 405 Method Not Allowed";
  private static final String TOO_LARGE = "HTTP/1.1 413 Request Entity Too Large";

  private static Arguments row(String request, String status, String connection, String body) {
    return Arguments.of(request, status, connection, body);
  }

  static List<Arguments> matrix() {
    String long1k = "a".repeat(1100);
    return List.of(
        // Versions and persistence.
        row("GET / HTTP/1.1\r\n" + H + "\r\n", OK, null, INDEX),
        row("GET / HTTP/1.1\r\nHost:\r\n\r\n", OK, null, INDEX),
        row("GET / HTTP/1.1\r\nhOsT: [::1]:80\r\n\r\n", OK, null, INDEX),
        row("\r\n\r\nGET / HTTP/1.1\r\n" + H + "\r\n", OK, null, INDEX),
        row("GET / HTTP/1.1\r\n" + H + "Connection: close\r\n\r\n", OK, "close", INDEX),
        row("GET / HTTP/1.1\r\n" + H + "Connection: foo, Close\r\n\r\n", OK, "close", INDEX),
        row("GET / HTTP/1.0\r\n\r\n", OK, "close", INDEX),
        row("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", OK, "keep-alive", INDEX),
        row("GET / HTTP/1.0\r\nConnection: close\r\n\r\n", OK, "close", INDEX),
        row("HEAD / HTTP/1.1\r\n" + H + "\r\n", OK, null, ""),
        row("HEAD / HTTP/1.0\r\n\r\n", OK, "close", ""),
        row(
            "GET / HTTP/1.2\r\n" + H + "\r\n",
            "HTTP/1.1 505 HTTP Version Not Supported",
            "close",
            null),
        row(
            "GET / HTTP/2.0\r\n" + H + "\r\n",
            "HTTP/1.1 505 HTTP Version Not Supported",
            "close",
            null),
        row("GET / HTTP/0.9\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported", "close", null),
        row("GET / http/1.1\r\n" + H + "\r\n", BAD, "close", null),
        row("GET / HTTP/11\r\n" + H + "\r\n", BAD, "close", null),
        row("GET /\r\n\r\n", BAD, "close", null),
        row("GET\r\n\r\n", BAD, "close", null),
        row("\u0016\u0003\u0001\u0000\u00a5\r\n\r\n", BAD, "close", null),
        row("GET / x HTTP/1.1\r\n" + H + "\r\n", BAD, "close", null),
        // Host.
        row("GET / HTTP/1.1\r\n\r\n", BAD, "close", null),
        row("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", BAD, "close", null),
        row("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", BAD, "close", null),
        row("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", BAD, "close", null),
        row("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", BAD, "close", null),
        // Header syntax.
        row("GET / HTTP/1.1\r\nHost : h\r\n\r\n", BAD, "close", null),
        row("GET / HTTP/1.1\r\n" + H + "no colon\r\n\r\n", BAD, "close", null),
        row("GET / HTTP/1.1\n" + H + "\n", BAD, "close", null),
        // Targets.
        row("GET http://h/digits.txt HTTP/1.1\r\n" + H + "\r\n", OK, null, WebFolder.DIGITS),
        row("GET HTTP://h:80/ HTTP/1.1\r\n" + H + "\r\n", OK, null, INDEX),
        row("GET http://h HTTP/1.1\r\n" + H + "\r\n", OK, null, INDEX),
        row("GET http://h?q HTTP/1.1\r\n" + H + "\r\n", OK, null, INDEX),
        row("GET https:/// HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET http://u@h/ HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET ftp://h/ HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET digits.txt HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET * HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET /digits.txt?a=b&c=/../%zz HTTP/1.1\r\n" + H + "\r\n", OK, null, WebFolder.DIGITS),
        row("GET /#top HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET /a%2 HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET /a% HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET /%zz HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET /%u0041 HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET /%ff HTTP/1.1\r\n" + H + "\r\n", BAD, null, null),
        row("GET /nowhere HTTP/1.1\r\n" + H + "\r\n", "HTTP/1.1 404 Not Found", null, null),
        row("GET /digits.txt/ HTTP/1.1\r\n" + H + "\r\n", "HTTP/1.1 404 Not Found", null, null),
        row("GET /noindex/ HTTP/1.1\r\n" + H + "\r\n", "HTTP/1.1 404 Not Found", null, null),
        row("GET /noindex HTTP/1.1\r\n" + H + "\r\n", "HTTP/1.1 404 Not Found", null, null),
        row("GET //digits.txt HTTP/1.1\r\n" + H + "\r\n", "HTTP/1.1 404 Not Found", null, null),
        row("GET /noindex/file.json HTTP/1.1\r\n" + H + "\r\n", OK, null, "{}"),
        row(
            "GET /sub%20dir HTTP/1.1\r\n" + H + "\r\n",
            "HTTP/1.1 301 Moved Permanently",
            null,
            null),
        row("GET /sub%20dir/ HTTP/1.1\r\n" + H + "\r\n", OK, null, "sub"),
        row("GET /sub%20dir/index.html HTTP/1.1\r\n" + H + "\r\n", OK, null, "sub"),
        row("GET /.well-known/x HTTP/1.1\r\n" + H + "\r\n", OK, null, "wk"),
        row("GET /50%25%20off.txt HTTP/1.1\r\n" + H + "\r\n", OK, null, "sale"),
        row("GET /noindex/../digits.txt HTTP/1.1\r\n" + H + "\r\n", OK, null, WebFolder.DIGITS),
        row(
            "GET /noindex/%2e%2E/./digits.txt HTTP/1.1\r\n" + H + "\r\n",
            OK,
            null,
            WebFolder.DIGITS),
        row("GET /noindex/.. HTTP/1.1\r\n" + H + "\r\n", OK, null, INDEX),
        row("GET /empty.bin HTTP/1.1\r\n" + H + "\r\n", OK, null, ""),
        row(
            "GET /" + long1k + " HTTP/1.1\r\n" + H + "\r\n",
            "HTTP/1.1 414 Request-URI Too Long",
            "close",
            null),
        row("GET /" + long1k, "HTTP/1.1 414 Request-URI Too Long", "close", null),
        row(
            "GET / HTTP/1.1\r\nA: " + long1k + "\r\nB: " + long1k + "\r\n\r\n",
            "HTTP/1.1 431 Request Header Fields Too Large",
            "close",
            null),
        // Methods.
        row("POST / HTTP/1.1\r\n" + H + "Content-Length: 3\r\n\r\nabc", NOT_ALLOWED, null, null),
        row("OPTIONS * HTTP/1.1\r\n" + H + "\r\n", NOT_ALLOWED, null, null),
        row("CONNECT h:80 HTTP/1.1\r\n" + H + "\r\n", NOT_ALLOWED, null, null),
        row("TRACE / HTTP/1.1\r\n" + H + "\r\n", NOT_ALLOWED, null, null),
        row("get / HTTP/1.1\r\n" + H + "\r\n", NOT_ALLOWED, null, null),
        row("BREW / HTTP/1.1\r\n" + H + "\r\n", NOT_ALLOWED, null, null),
        row("PUT / HTTP/1.1\r\n" + H + "Content-Length: 4097\r\n\r\n", NOT_ALLOWED, "close", null),
        // Bodies.
        row("GET / HTTP/1.1\r\n" + H + "Content-Length: 3\r\n\r\nabc", OK, null, INDEX),
        row(
            "GET / HTTP/1.1\r\n" + H + "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            OK,
            null,
            INDEX),
        row(
            "GET / HTTP/1.1\r\n" + H + "Content-Length: 4096\r\n\r\n" + "b".repeat(4096),
            OK,
            null,
            INDEX),
        row("GET / HTTP/1.1\r\n" + H + "Content-Length: 4097\r\n\r\n", TOO_LARGE, "close", null),
        row(
            "GET / HTTP/1.1\r\n" + H + "Content-Length: 9223372036854775807\r\n\r\n",
            TOO_LARGE,
            "close",
            null),
        row(
            "GET / HTTP/1.1\r\n"
                + H
                + "Transfer-Encoding: chunked\r\n\r\n1001\r\n"
                + "b".repeat(0x1001),
            TOO_LARGE,
            "close",
            null),
        row(
            "GET / HTTP/1.1\r\n" + H + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            BAD,
            "close",
            null),
        row(
            "GET / HTTP/1.1\r\n"
                + H
                + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            BAD,
            "close",
            null),
        row(
            "GET / HTTP/1.1\r\n"
                + H
                + "Content-Length: 3\r\nTransfer-Encoding: xchunked\r\n\r\nabc",
            BAD,
            "close",
            null),
        row("GET / HTTP/1.1\r\n" + H + "Transfer-Encoding: identity\r\n\r\n", BAD, "close", null),
        row(
            "GET / HTTP/1.1\r\n" + H + "Transfer-Encoding: chunked, gzip\r\n\r\n",
            BAD,
            "close",
            null),
        row(
            "GET / HTTP/1.1\r\n" + H + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 501 Not Implemented",
            "close",
            null),
        row("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD, "close", null),
        row(
            "GET / HTTP/1.1\r\n" + H + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            BAD,
            "close",
            null),
        row("GET / HTTP/1.1\r\n" + H + "Content-Length: 3, 3\r\n\r\nabc", BAD, "close", null),
        row("GET / HTTP/1.1\r\n" + H + "Content-Length: -1\r\n\r\n", BAD, "close", null),
        row("GET / HTTP/1.1\r\n" + H + "Content-Length: +1\r\n\r\nx", BAD, "close", null),
        row("GET / HTTP/1.1\r\n" + H + "Content-Length: 0x1\r\n\r\nx", BAD, "close", null),
        row(
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
            OK,
            "close",
            INDEX),
        // Expectations.
        row("GET / HTTP/1.1\r\n" + H + "Expect: 100-continue\r\n\r\n", OK, null, INDEX),
        row(
            "GET / HTTP/1.1\r\n" + H + "Expect: magic\r\n\r\n",
            "HTTP/1.1 417 Expectation Failed",
            null,
            null),
        row(
            "GET / HTTP/1.1\r\n" + H + "Expect: magic\r\nContent-Length: 3\r\n\r\n",
            "HTTP/1.1 417 Expectation Failed",
            "close",
            null),
        row(
            "GET / HTTP/1.1\r\n" + H + "Expect: 100-continue\r\nContent-Length: 4097\r\n\r\n",
            TOO_LARGE,
            "close",
            null),
        row("GET / HTTP/1.0\r\nExpect: magic\r\n\r\n", OK, "close", INDEX));
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void answers(String request, String statusLine, String connection, String body) {
    Response response = server.exchange(request);
    assertEquals(statusLine, response.statusLine());
    assertEquals(connection, response.header("connection"));
    assertEquals(!"close".equals(connection), server.isOpen(), "stays open");
    assertEquals("Tue, 06 May 2031 07:08:09 GMT", response.header("date"));
    if (body != null) {
      assertEquals(body, response.body());
    } else {
      assertEquals(statusLine.substring("HTTP/1.1 ".length()) + '\n', response.body());
      assertEquals("text/plain; charset=utf-8", response.header("content-type"));
    }
    assertEquals(response.status() == 405 ? "GET, HEAD" : null, response.header("allow"));
    // Whatever came before, an open connection takes the next request from its first byte on.
    if (server.isOpen()) {
      assertEquals(WebFolder.DIGITS, server.exchange(get("/digits.txt")).body());
    }
  }

  /** The same requests, one byte at a time: how they are split must not matter. */
  @ParameterizedTest
  @MethodSource("matrix")
  void answersByteByByte(String request, String statusLine, String connection, String body) {
    for (int i = 0; i < request.length() && server.isOpen(); i++) {
      server.send(request.substring(i, i + 1));
    }
    Response response =
        Response.parse(server.received(), request.startsWith("HEAD ")).stream()
            .filter(r -> r.status() != 100)
            .findFirst()
            .orElseThrow();
    assertEquals(statusLine, response.statusLine());
    assertEquals(connection, response.header("connection"));
    if (body != null) {
      assertEquals(body, response.body());
    }
  }
}
