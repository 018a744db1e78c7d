package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who can make the stack write to which file. */
class OutputFilesTest {
  private static final int NOBODY = 65534;

  @TempDir Path folder;
  private Path shared;
  private Path mine;

  /** A folder like /tmp, and a file that somebody would like to have overwritten. */
  @BeforeEach
  void makeSharedFolder() throws IOException {
    shared = Files.createDirectory(folder.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    mine = Files.writeString(folder.resolve("precious"), "precious");
    Files.setPosixFilePermissions(mine, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static void giveAway(Path entry) throws IOException {
    assumeTrue(
        (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
        "needs root, to make files of another user: run the tests with sudo");
    Files.setAttribute(entry, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
  }

  private static void write(Path file, String text) throws IOException {
    try (OutputStream out = OutputFiles.stream(file)) {
      out.write(text.getBytes());
    }
  }

  private void assertRefused(Path file) throws IOException {
    assertRefused(file, "belongs to another user");
  }

  private void assertRefused(Path file, String reason) throws IOException {
    AccessDeniedException e =
        assertThrows(AccessDeniedException.class, () -> OutputFiles.stream(file));
    assertTrue(e.getReason().contains(reason), e.getReason());
    assertThrows(AccessDeniedException.class, () -> OutputFiles.privateStream(file));
    assertThrows(AccessDeniedException.class, () -> OutputFiles.made(file));
    assertThrows(
        AccessDeniedException.class, () -> OutputFiles.channel(file, StandardOpenOption.APPEND));
    assertEquals("precious", Files.readString(mine));
  }

  @Test
  void makesAFileAndEmptiesOneThatIsThere() throws IOException {
    Path file = folder.resolve("file");
    write(file, "a long line");
    write(file, "short");
    assertEquals("short", Files.readString(file));
    try (FileChannel channel = OutputFiles.channel(file, StandardOpenOption.APPEND)) {
      channel.write(ByteBuffer.wrap("er".getBytes()));
    }
    assertEquals("shorter", Files.readString(file));
    assertEquals(file, OutputFiles.made(file));
    assertTrue(Files.exists(OutputFiles.made(folder.resolve("another"))));
  }

  @Test
  void anothersLinkInASharedFolderIsNotFollowed() throws IOException {
    Path link = Files.createSymbolicLink(shared.resolve("stats.json"), mine);
    giveAway(link);
    assertRefused(link);
  }

  @Test
  void anothersLinkThatNamesNothingIsNotFollowedEither() throws IOException {
    Path link = Files.createSymbolicLink(shared.resolve("stats.json"), folder.resolve("new"));
    giveAway(link);
    assertRefused(link);
    assertFalse(Files.exists(folder.resolve("new")));
  }

  @Test
  void anothersLinkOnTheWayIsNotFollowed() throws IOException {
    Path link = Files.createSymbolicLink(shared.resolve("logs"), folder);
    giveAway(link);
    assertRefused(link.resolve("precious"));
    Path own = Files.createSymbolicLink(folder.resolve("via"), Path.of("shared/logs/precious"));
    assertRefused(own);
  }

  @Test
  void anothersFileInASharedFolderIsNotWritten() throws IOException {
    Path file = Files.writeString(shared.resolve("stats.json"), "");
    giveAway(file);
    assertRefused(file);
  }

  /** Whatever is in it: its owner can change that at any time. */
  @Test
  void nothingIsWrittenIntoAnothersFolderInASharedOne() throws IOException {
    Path logs = Files.createDirectory(shared.resolve("mos"));
    Files.createSymbolicLink(logs.resolve("log_0"), mine);
    Files.createDirectory(logs.resolve("sub"));
    giveAway(logs);
    assertRefused(logs.resolve("log_0"));
    assertRefused(logs.resolve("new"));
    assertRefused(logs.resolve("sub/new"));
    Path own = Files.createSymbolicLink(folder.resolve("via"), logs);
    assertRefused(own.resolve("new"));
    assertFalse(Files.exists(logs.resolve("new")));
    Files.setAttribute(shared, "unix:mode", 0755);
    write(logs.resolve("log_0"), "nobody else could have made it");
  }

  /** Anybody can create one if the kernel doesn't forbid it (protected_hardlinks). */
  @Test
  void aFileThatHasAnotherNameIsNotWrittenInASharedFolder() throws IOException {
    Path link = Files.createLink(shared.resolve("stats.json"), mine);
    assertRefused(link, "has another name too");
    assertEquals("rw-r--r--", permissions(mine));
    Path symbolic = Files.createSymbolicLink(folder.resolve("symbolic"), mine);
    assertRefused(Files.createLink(shared.resolve("log_0"), symbolic), "has another name too");
    write(Files.createLink(folder.resolve("own"), mine), "in a folder of one's own");
  }

  @Test
  void ownFoldersInASharedOneAreWrittenInto() throws IOException {
    Path logs = Files.createDirectory(shared.resolve("mos"));
    write(logs.resolve("log_0"), "own");
    write(shared.resolve("mos/../mos/./log_0"), "again");
    assertEquals("again", Files.readString(logs.resolve("log_0")));
    giveAway(logs);
    giveAway(shared);
    write(logs.resolve("log_0"), "owner's");
  }

  @Test
  void ownLinksAndThoseOfTheFoldersOwnerAreFollowed() throws IOException {
    Path link = Files.createSymbolicLink(shared.resolve("link"), Path.of("../precious"));
    write(link, "own");
    assertEquals("own", Files.readString(mine));
    giveAway(link);
    giveAway(shared);
    write(link, "owner's");
    assertEquals("owner's", Files.readString(mine));
  }

  @Test
  void anothersLinkInAFolderOfOnesOwnIsFollowed() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), mine);
    giveAway(link);
    write(link, "followed");
    assertEquals("followed", Files.readString(mine));
  }

  @Test
  void aCircleOfLinksEnds() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("circle"), Path.of("circle"));
    assertThrows(FileSystemLoopException.class, () -> OutputFiles.stream(link));
  }

  @Test
  void standardOutputIsWrittenAsItIs() throws IOException {
    OutputFiles.stream(Path.of("/dev/stdout")).close();
    OutputFiles.channel(Path.of("/dev/stderr"), StandardOpenOption.APPEND).close();
    write(Path.of("/dev/null"), "nothing");
  }

  /** As with --pcap /dev/stdout, and the standard output in a file. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsPrintedToAFileStaysThere(boolean append) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("output"), "earlier ");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process child =
        new ProcessBuilder(
                java, "-cp", System.getProperty("java.class.path"), Printer.class.getName())
            .redirectOutput(append ? Redirect.appendTo(file.toFile()) : Redirect.to(file.toFile()))
            .redirectError(Redirect.INHERIT)
            .start();
    assertEquals(0, child.waitFor());
    String expected = "before captured private after";
    assertEquals((append ? "earlier " : "") + expected, Files.readString(file));
  }

  /** Prints, and writes to what it prints to. */
  static final class Printer {
    private Printer() {}

    public static void main(String[] args) throws IOException {
      Path stdout = Path.of("/dev/stdout");
      System.out.print("before ");
      System.out.flush();
      try (OutputStream out = OutputFiles.stream(stdout)) {
        out.write("captured ".getBytes());
      }
      try (OutputStream out = OutputFiles.privateStream(stdout)) {
        out.write("private ".getBytes());
      }
      System.out.print("after");
      System.out.flush();
    }
  }

  /** Another descriptor's file is appended to, too. */
  @Test
  void anOpenFileIsNotTruncated() throws IOException {
    Path file = folder.resolve("open");
    try (FileOutputStream open = new FileOutputStream(file.toFile())) {
      open.write("kept ".getBytes());
      Path descriptor = descriptor(file);
      OutputFiles.stream(descriptor).close();
      OutputFiles.channel(descriptor, StandardOpenOption.TRUNCATE_EXISTING).close();
      try (OutputStream out = OutputFiles.privateStream(descriptor)) {
        out.write("appended".getBytes());
      }
    }
    assertEquals("kept appended", Files.readString(file));
  }

  /** The path of this process's descriptor of an open file. */
  private static Path descriptor(Path file) throws IOException {
    Path real = file.toRealPath();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path each : all.toList()) {
        if (Files.isSymbolicLink(each) && Files.readSymbolicLink(each).equals(real)) {
          return each;
        }
      }
    }
    throw new AssertionError(file + " isn't open");
  }

  @Test
  void aPrivateFileIsItsUsersOnly() throws IOException {
    Path file = folder.resolve("capture.pcap");
    OutputFiles.privateStream(file).close();
    assertEquals("rw-------", permissions(file));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    OutputFiles.privateStream(file).close();
    assertEquals("rw-------", permissions(file));
    OutputFiles.privateStream(Path.of("/dev/null")).close();
    assertEquals("rw-rw-rw-", permissions(Path.of("/dev/null")));
  }

  /** In a folder of one's own too: its owner could read what is captured. */
  @Test
  void anothersFileIsNotPrivate() throws IOException {
    Path file = Files.writeString(folder.resolve("capture.pcap"), "precious");
    giveAway(file);
    AccessDeniedException e =
        assertThrows(AccessDeniedException.class, () -> OutputFiles.privateStream(file));
    assertEquals(file + " belongs to another user, who could read it", OutputFiles.reason(e));
    assertEquals("precious", Files.readString(file));
    write(file, "not private");
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
