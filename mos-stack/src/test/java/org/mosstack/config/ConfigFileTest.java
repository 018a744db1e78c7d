package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("mos.conf");
  }

  @Test
  void aMissingFile() {
    assertError(": can't be read: no such file");
  }

  @Test
  void aDirectory() throws IOException {
    Files.createDirectory(file);
    assertError(": can't be read: it is a directory");
  }

  @Test
  void anUnreadableFile() throws IOException {
    Files.createFile(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("-wx------"));
    if (Files.isReadable(file)) { // root, who is refused only the kernel's write-only files
      try (Stream<Path> drivers = Files.walk(Path.of("/sys/bus"), 4)) {
        file = drivers.filter(f -> f.endsWith("bind")).findFirst().orElseThrow();
      }
    }
    assertError(": can't be read: permission denied");
  }

  @Test
  void aHugeFile() throws IOException {
    Files.write(file, "#".repeat(ConfigFile.MAX_SIZE + 1).getBytes(StandardCharsets.US_ASCII));
    assertError(": can't be read: it has more than 1048576 bytes");
  }

  @Test
  void theLargestFileIsRead() throws IOException {
    Files.write(file, "#".repeat(ConfigFile.MAX_SIZE).getBytes(StandardCharsets.US_ASCII));
    assertError(":1: file: the block application { } is missing");
  }

  @Test
  void bytesThatAreNoUtf8() throws IOException {
    Files.write(file, new byte[] {'#', '\n', '#', (byte) 0xc3, (byte) 0xa4, '\n', (byte) 0xe4, 10});
    assertError(":3: file: read \"byte 0xE4\", allowed: text in UTF-8");
  }

  @Test
  void aCharacterCutOffAtTheEnd() throws IOException {
    Files.write(file, new byte[] {'#', '\n', (byte) 0xc3});
    assertError(":2: file: read \"byte 0xC3\", allowed: text in UTF-8");
  }

  @Test
  void aNulEvenInAComment() throws IOException {
    Files.write(file, "# one\n# t\0wo\n".getBytes(StandardCharsets.US_ASCII));
    assertError(":2: file: read \"\\u0000\", allowed: text without control characters");
  }

  private void assertError(String message) {
    ConfigException e = assertThrows(ConfigException.class, () -> MosConfig.load(file));
    assertEquals(file + message, e.getMessage());
  }
}
