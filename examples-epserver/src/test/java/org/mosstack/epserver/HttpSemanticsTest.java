package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers, conditions and ranges (RFC 9110). */
class HttpSemanticsTest extends EmbeddedTestBase {
  private static final String BEFORE = "Thu, 02 Jan 2020 03:04:04 GMT";
  private static final String SAME = WebFolder.MODIFIED_HEADER;
  private static final String AFTER = "Thu, 02 Jan 2020 03:04:06 GMT";

  @Test
  void fileHasItsHeaders() {
    Response response = server.exchange(get("/digits.txt"));
    assertEquals("text/plain; charset=utf-8", response.header("content-type"));
    assertEquals("10", response.header("content-length"));
    assertEquals("bytes", response.header("accept-ranges"));
    assertEquals(SAME, response.header("last-modified"));
    assertTrue(response.header("etag").matches("\"[0-9a-f-]+\""), response.header("etag"));
    assertEquals(6, response.headers().size(), () -> response.headers().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/digits.txt", "/empty.bin", "/big.bin", "/sub%20dir", "/nowhere", "/.."})
  void headHasTheHeadersOfGet(String target) {
    Response get = server.exchange(get(target));
    Response head = server.exchange(request("HEAD", target));
    assertEquals(get.statusLine(), head.statusLine());
    assertEquals(get.headers(), head.headers());
    assertEquals("", head.body());
  }

  @ParameterizedTest
  @CsvSource({
    "/,text/html; charset=utf-8",
    "/sub%20dir/deep/page.css,text/css; charset=utf-8",
    "/noindex/file.json,application/json",
    "/big.bin,application/octet-stream",
    "/.well-known/x,application/octet-stream"
  })
  void contentType(String target, String type) {
    assertEquals(type, server.exchange(get(target)).header("content-type"));
  }

  @Test
  void folderWithoutSlashIsRedirectedWithItsQuery() {
    Response response = server.exchange(get("/sub%20dir?a=b\u00e4"));
    assertEquals(301, response.status());
    assertEquals("/sub%20dir/?a=b%e4", response.header("location"));
    assertEquals("/sub%20dir/", server.exchange(get("/sub%20dir")).header("location"));
    assertEquals("/sub%20dir/", server.exchange(get("/./sub%20dir")).header("location"));
  }

  @Test
  void dateMovesWithTheClock() {
    server.exchange(get("/"));
    server.setTime(Embedded.START.plusMillis(999));
    assertEquals("Tue, 06 May 2031 07:08:09 GMT", server.exchange(get("/")).header("date"));
    server.setTime(Embedded.START.plusMillis(1000));
    assertEquals("Tue, 06 May 2031 07:08:10 GMT", server.exchange(get("/")).header("date"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "If-None-Match: TAG | 304",
        "If-None-Match: W/TAG | 304",
        "If-None-Match: * | 304",
        "If-None-Match: \"a,b\", W/\"c\" , TAG | 304",
        "If-None-Match: \"other\" | 200",
        "If-None-Match: TAG-unquoted | 304",
        "If-None-Match: garbage | 200",
        "If-Modified-Since: " + SAME + " | 304",
        "If-Modified-Since: " + AFTER + " | 304",
        "If-Modified-Since: " + BEFORE + " | 200",
        "If-Modified-Since: Thursday, 02-Jan-20 03:04:05 GMT | 304",
        "If-Modified-Since: Thu Jan  2 03:04:05 2020 | 304",
        "If-Modified-Since: yesterday | 200",
        "If-None-Match: \"other\" & If-Modified-Since: " + SAME + " | 200",
        "If-Match: TAG | 200",
        "If-Match: * | 200",
        "If-Match: W/TAG | 412",
        "If-Match: \"other\" | 412",
        "If-Match: TAG & If-None-Match: TAG | 304",
        "If-Unmodified-Since: " + SAME + " | 200",
        "If-Unmodified-Since: " + BEFORE + " | 412",
        "If-Unmodified-Since: never | 200",
        "If-Match: TAG & If-Unmodified-Since: " + BEFORE + " | 200",
      })
  void conditions(String headers, int status) {
    Response plain = server.exchange(get("/digits.txt"));
    String filled = headers.replace("TAG", plain.header("etag"));
    for (String method : new String[] {"GET", "HEAD"}) {
      Response response = server.exchange(request(method, "/digits.txt", filled.split(" & ")));
      assertEquals(status, response.status(), filled);
      if (status == 304) {
        TreeMap<String, String> expected = new TreeMap<>(plain.headers());
        expected
            .keySet()
            .removeIf(name -> name.startsWith("content-") || name.equals("accept-ranges"));
        assertEquals(expected, response.headers());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0,0-0,0",
    "bytes=0-9,0-9,0123456789",
    "bytes=3-5,3-5,345",
    "bytes=3-,3-9,3456789",
    "bytes=9-,9-9,9",
    "bytes=-1,9-9,9",
    "bytes=-10,0-9,0123456789",
    "bytes=-99,0-9,0123456789",
    "bytes=5-99999999999999999999999,5-9,56789",
    "BYTES=3-5,3-5,345"
  })
  void range(String range, String contentRange, String body) {
    Response response = server.exchange(get("/digits.txt", "Range: " + range));
    assertEquals("HTTP/1.1 206 Partial Content", response.statusLine());
    assertEquals("bytes " + contentRange + "/10", response.header("content-range"));
    assertEquals(body, response.body());
    assertEquals("text/plain; charset=utf-8", response.header("content-type"));
    assertEquals(SAME, response.header("last-modified"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"})
  void unsatisfiableRange(String range) {
    Response response = server.exchange(get("/digits.txt", "Range: " + range));
    assertEquals(416, response.status());
    assertEquals("bytes */10", response.header("content-range"));
    Response empty = server.exchange(get("/empty.bin", "Range: " + range));
    assertEquals("bytes */0", empty.header("content-range"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=",
        "bytes=-",
        "bytes=5",
        "bytes=5-3",
        "bytes=a-b",
        "bytes=1-b",
        "bytes=1--2",
        "bytes=0-1,4-5",
        "lines=0-1",
        "bytes 0-1",
        "bytes=--1",
        "bytes=+1-2"
      })
  void ignoredRange(String range) {
    Response response = server.exchange(get("/digits.txt", "Range: " + range));
    assertEquals(200, response.status());
    assertNull(response.header("content-range"));
    assertEquals(WebFolder.DIGITS, response.body());
  }

  @Test
  void rangeOfHeadIsIgnored() {
    Response response = server.exchange(request("HEAD", "/digits.txt", "Range: bytes=0-0"));
    assertEquals(200, response.status());
    assertEquals("10", response.header("content-length"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TAG | 206",
        "W/TAG | 200",
        "\"other\" | 200",
        SAME + " | 206",
        BEFORE + " | 200",
        AFTER + " | 200",
        "garbage | 200"
      })
  void ifRange(String value, int status) {
    String etag = server.exchange(get("/digits.txt")).header("etag");
    String[] headers = {"Range: bytes=0-0", "If-Range: " + value.replace("TAG", etag)};
    assertEquals(status, server.exchange(get("/digits.txt", headers)).status());
  }

  @Test
  void conditionsComeBeforeRanges() {
    String etag = server.exchange(get("/digits.txt")).header("etag");
    String[] headers = {"Range: bytes=0-0", "If-None-Match: " + etag};
    assertEquals(304, server.exchange(get("/digits.txt", headers)).status());
  }

  @Test
  void everyFileHasAnotherTag() {
    assertFalse(
        server
            .exchange(get("/digits.txt"))
            .header("etag")
            .equals(server.exchange(get("/")).header("etag")));
  }
}
