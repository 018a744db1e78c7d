package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A response as received, parsed by the rules of RFC 9112 without any of Netty's code. */
record Response(String statusLine, int status, Map<String, String> headers, String body) {

  /** Splits a stream of responses; {@code heads} says which of them answer HEAD, in order. */
  static List<Response> parse(String stream, boolean... heads) {
    List<Response> responses = new ArrayList<>();
    int at = 0;
    while (at < stream.length()) {
      int end = stream.indexOf("\r\n\r\n", at);
      assertTrue(end >= 0, () -> "no end of headers in: " + stream);
      String[] lines = stream.substring(at, end).split("\r\n");
      assertTrue(lines[0].startsWith("HTTP/1.1 "), lines[0]);
      int status = Integer.parseInt(lines[0].substring(9, 12));
      Map<String, String> headers = new TreeMap<>();
      for (int i = 1; i < lines.length; i++) {
        int colon = lines[i].indexOf(": ");
        String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
        assertEquals(null, headers.put(name, lines[i].substring(colon + 2)), "twice: " + name);
      }
      at = end + 4;
      int n = responses.size();
      boolean bodyless = status == 304 || status == 100 || n < heads.length && heads[n];
      int length = bodyless ? 0 : Integer.parseInt(headers.get("content-length"));
      assertTrue(at + length <= stream.length(), "body cut short");
      responses.add(new Response(lines[0], status, headers, stream.substring(at, at + length)));
      at += length;
    }
    return responses;
  }

  String header(String name) {
    return headers.get(name);
  }
}
