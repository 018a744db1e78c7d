package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReservedFileTest {
  @TempDir Path temp;
  private Path folder;

  /** Without links, as descriptors show it. */
  @BeforeEach
  void resolve() throws IOException {
    folder = temp.toRealPath();
  }

  private static void write(Path path, String text) throws IOException {
    try (ReservedFile file = ReservedFile.open(path)) {
      file.begin();
      file.channel().write(ByteBuffer.wrap(text.getBytes()));
    }
  }

  @Test
  void takesThePlaceOfWhatIsThere() throws IOException {
    Path path = Files.writeString(folder.resolve("file"), "from a run before");
    ReservedFile.open(path).close();
    assertEquals("from a run before", Files.readString(path));
    write(path, "new");
    assertEquals("new", Files.readString(path));
    Path none = folder.resolve("none");
    ReservedFile.open(none).close();
    assertFalse(Files.exists(none));
  }

  /** As with --json /dev/stdout, and the standard output in a file: what is printed stays. */
  @Test
  void appendsToAFileThatIsOpen() throws IOException {
    Path path = folder.resolve("output");
    try (FileChannel output =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      output.write(ByteBuffer.wrap("summary ".getBytes()));
      Path stdout = Files.createSymbolicLink(folder.resolve("stdout"), descriptor(path));
      write(stdout, "first ");
      write(descriptor(path), "second");
    }
    assertEquals("summary first second", Files.readString(path));
  }

  /** The path of this process's descriptor of an open file. */
  private static Path descriptor(Path file) throws IOException {
    List<Path> all;
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      all = descriptors.toList();
    }
    for (Path descriptor : all) {
      if (Files.isSymbolicLink(descriptor) && Files.readSymbolicLink(descriptor).equals(file)) {
        return descriptor;
      }
    }
    throw new AssertionError(file + " isn't open");
  }
}
