package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing outside the folder is ever served, however the path is written. */
class TraversalTest extends EmbeddedTestBase {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/../secret.txt",
        "/../../../../../../etc/passwd",
        "/./../secret.txt",
        "/noindex/../../secret.txt",
        "/noindex/../../www/digits.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E/secret.txt",
        "/.%2e/secret.txt",
        "/%2e./secret.txt",
        "/..%2fsecret.txt",
        "/..%2Fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/noindex%2f..%2f..%2fsecret.txt",
        "/noindex%2ffile.json",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/..%5Csecret.txt",
        "/%2e%2e%5csecret.txt",
        "/digits.txt%00",
        "/digits.txt%00.html",
        "/..%00/secret.txt",
        "/digits.txt\u0000",
        "/%252e%252e/secret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%252fsecret.txt",
        "/..%255csecret.txt",
        "/%25252e%25252e%25252fsecret.txt",
        "/digits.txt%2500",
        "http://h/../secret.txt",
        "http://h/%2e%2e/secret.txt",
      })
  void isForbidden(String target) {
    Response response = server.exchange(get(target));
    assertEquals(403, response.status());
    assertEquals("403 Forbidden\n", response.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%c0%ae%c0%ae/secret.txt",
        "/..%c0%afsecret.txt",
        "/%e0%80%ae%e0%80%ae/secret.txt",
        "/%u002e%u002e/secret.txt",
        "/..%",
        "/..%2",
      })
  void isMalformed(String target) {
    assertEquals(400, server.exchange(get(target)).status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/.../secret.txt",
        "/..;/secret.txt",
        "/~/secret.txt",
        "//etc/passwd",
        "/file:///etc/passwd",
        "/www/digits.txt",
        "/c:/secret.txt",
      })
  void isNotFound(String target) {
    assertEquals(404, server.exchange(get(target)).status());
  }

  @Test
  void randomPathsStayInside() {
    long seed = 20310506;
    Random random = new Random(seed);
    String[] parts = {
      "/",
      ".",
      "..",
      "%2e",
      "%2E",
      "%2f",
      "%5c",
      "\\",
      "%00",
      "%25",
      "2e",
      "2f",
      "secret.txt",
      "noindex",
      "digits.txt",
      "sub%20dir",
      "%c0%ae",
      "?",
      "www",
      ";",
      "%",
      "\u00e4"
    };
    for (int i = 0; i < 5_000; i++) {
      StringBuilder target = new StringBuilder("/");
      for (int n = random.nextInt(8); n >= 0; n--) {
        target.append(parts[random.nextInt(parts.length)]);
      }
      Response response = server.exchange(get(target.toString()));
      String what = "seed " + seed + ": " + target + " -> " + response;
      assertFalse(response.body().contains(WebFolder.SECRET), what);
      assertTrue(response.status() < 500, what);
      assertTrue(server.isOpen(), what);
    }
  }
}
