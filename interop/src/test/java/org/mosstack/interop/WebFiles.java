package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.mosstack.testkit.program.Testbed;

/** Files of some sizes that both ends serve, none of which repeats itself. */
final class WebFiles {
  /** From nothing by way of one segment to more than any buffer on the way. */
  static final List<Integer> SIZES = List.of(0, 1, 1460, 8192, 65_536, 1_048_576, 104_857_600);

  static final int LARGEST = SIZES.getLast();

  private final Path folder;

  private WebFiles(Path folder) {
    this.folder = folder;
  }

  /** Returns a testbed's, which are written when they are first asked for. */
  static WebFiles of(Testbed testbed) throws IOException {
    WebFiles files = new WebFiles(testbed.folder().resolve("www"));
    if (!Files.exists(files.folder)) {
      files.write();
    }
    return files;
  }

  private void write() throws IOException {
    Files.createDirectory(folder);
    for (int size : SIZES) {
      byte[] bytes = new byte[size];
      new Random(size).nextBytes(bytes);
      Files.write(file(size), bytes);
    }
  }

  Path folder() {
    return folder;
  }

  /** Returns the path of a file in URLs. */
  static String path(int size) {
    return "/" + size + ".bin";
  }

  /** Asserts that a file that was fetched is the one of a size, byte by byte. */
  void assertSame(int size, Path fetched) throws IOException {
    assertEquals(
        -1,
        Files.mismatch(file(size), fetched),
        () -> fetched.getFileName() + " differs from " + size + ".bin, from this byte on");
  }

  private Path file(int size) {
    return folder.resolve(size + ".bin");
  }
}
