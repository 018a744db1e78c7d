package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A served folder and one connection to it; afterwards, nothing may be left unreleased. */
abstract class EmbeddedTestBase {
  @TempDir Path parent;
  FileStore files;
  Embedded server;

  @BeforeEach
  void open() throws IOException {
    files = FileStore.load(WebFolder.create(parent));
    server = new Embedded(files);
  }

  @AfterEach
  void nothingIsHeld() {
    server.close();
    for (StoredFile file : files.files()) {
      assertEquals(1, file.refCnt(), "a slice of " + file.contentType() + " is still held");
    }
    files.close();
    for (StoredFile file : files.files()) {
      assertEquals(file.length() == 0 ? 1 : 0, file.refCnt(), "memory is still held");
    }
  }

  static String get(String target, String... headers) {
    return request("GET", target, headers);
  }

  static String request(String method, String target, String... headers) {
    StringBuilder request = new StringBuilder(method + ' ' + target + " HTTP/1.1\r\nHost: h\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return request.append("\r\n").toString();
  }
}
