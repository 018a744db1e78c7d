package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.ConfigException;
import org.mosstack.config.Driver;

/** Who may connect to a memif. */
class MemifSocketTest {
  private static final int NOBODY = 65534;

  @TempDir Path folder;

  private static PortOptions line(String arguments) {
    return PortOptions.of(new Driver("net_memif", arguments));
  }

  private static String complete(String arguments) {
    return VirtualDrivers.complete(line(arguments), 1, 1500).devargs();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void isAFileUnlessTheLineSaysOtherwise() {
    assertEquals(
        "role=server,socket=/run/mos/memif.sock,socket-abstract=no", complete("role=server"));
    assertEquals(
        "id=3,secret=x,socket=/a/b.sock,socket-abstract=no",
        complete("socket=/a/b.sock,id=3,secret=x"));
    assertEquals("socket=name,socket-abstract=yes", complete("socket-abstract=yes,socket=name"));
    Path here = Path.of("run/memif.sock").toAbsolutePath();
    assertEquals("socket=" + here + ",socket-abstract=no", complete("socket=run/memif.sock"));
  }

  @Test
  void aMissingFolderIsMadeForTheUserAlone() throws IOException {
    Path socket = folder.resolve("a/b/memif.sock");
    MemifSocket.of(line("socket=" + socket)).check("dpdk0", true);
    assertEquals("rwx------", permissions(socket.getParent()));
    assertFalse(Files.exists(socket));
  }

  @Test
  void aFolderThatIsThereStaysAsItIs() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
    MemifSocket socket = MemifSocket.of(line("socket=" + folder.resolve("memif.sock")));
    socket.check("dpdk0", false);
    assertEquals("rwxr-x---", permissions(folder));
    assertEquals(Optional.empty(), socket.doubt());
  }

  private void expectError(MemifSocket socket, boolean isServer, String reason) {
    ConfigException e = assertThrows(ConfigException.class, () -> socket.check("dpdk0", isServer));
    assertEquals("dpdk0: socket=" + socket.name() + ": " + reason, e.getMessage());
  }

  /** Whoever holds the name while the server is away gets its clients, and their memory. */
  @Test
  void aFolderThatEverybodyMayWriteIntoIsRefused() throws IOException {
    MemifSocket socket = MemifSocket.of(line("socket=" + folder.resolve("memif.sock")));
    for (int mode : new int[] {01777, 0777}) {
      Files.setAttribute(folder, "unix:mode", mode);
      String reason = folder + ": everybody may write into it: name a file of yours with socket=";
      expectError(socket, true, reason);
      expectError(socket, false, reason);
    }
  }

  @Test
  void anothersFolderInASharedOneIsRefused() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    Path trap = Files.createDirectory(shared.resolve("mos"));
    giveAway(trap);
    String reason =
        trap
            + " belongs to another user, in a folder that everybody may write into:"
            + " name a file of yours with socket=";
    expectError(MemifSocket.of(line("socket=" + trap.resolve("memif.sock"))), false, reason);
    Path own = Files.createSymbolicLink(folder.resolve("run"), trap);
    expectError(MemifSocket.of(line("socket=" + own.resolve("a/memif.sock"))), true, reason);
  }

  /** This may be intended if the ends belong to two users, so it only produces a log line. */
  @Test
  void aFolderThatSomebodyElseMayWriteIntoIsToldOf() throws IOException {
    MemifSocket socket = MemifSocket.of(line("socket=" + folder.resolve("memif.sock")));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxr-x"));
    socket.check("dpdk0", true);
    assertEquals(
        Optional.of(
            "not only this process's user may put a socket there (the folder's mode is rwxrwxr-x,"
                + " its owner "
                + Files.getOwner(folder)
                + "): whoever does is trusted like code of this process"),
        socket.doubt());
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertEquals(Optional.empty(), socket.doubt());
    giveAway(folder);
    assertTrue(socket.doubt().orElse("").contains(", its owner "), "another owner");
  }

  private static void giveAway(Path entry) throws IOException {
    assumeTrue(
        (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
        "needs root, to make folders of another user: run the tests with sudo");
    Files.setAttribute(entry, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
  }

  /** A mistyped path, which names one of the user's files. */
  @Test
  void whatIsNoSocketIsNotRemoved() throws IOException {
    Path file = Files.writeString(folder.resolve("memif.sock"), "precious");
    Path link = Files.createSymbolicLink(folder.resolve("link.sock"), file);
    Path empty = Files.createDirectory(folder.resolve("folder.sock"));
    for (Path each : new Path[] {file, link, empty}) {
      expectError(
          MemifSocket.of(line("socket=" + each)), true, "is there and no socket: name another");
      assertTrue(Files.exists(each, LinkOption.NOFOLLOW_LINKS), each.toString());
    }
    assertEquals("precious", Files.readString(file));
  }

  /** In a JVM of a user to whom the file's mode applies: root may do anything. */
  @Test
  void aSocketThatTheUserMayNotConnectToIsNotCalledBusy() throws IOException, InterruptedException {
    Path file = folder.resolve("memif.sock");
    giveAway(folder);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(file));
      Process child =
          new ProcessBuilder(
                  "setpriv",
                  "--reuid=" + NOBODY,
                  "--inh-caps=+dac_read_search", // for the class path
                  "--ambient-caps=+dac_read_search",
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  MemifSocketTest.class.getName(),
                  file.toString())
              .redirectErrorStream(true)
              .start();
      String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, child.waitFor(), output);
      assertEquals(
          "dpdk0: socket="
              + file
              + ": "
              + file
              + ": permission denied: name a file of yours with socket=",
          output.strip());
    }
  }

  /** The child process: a server that wants to take the file's place. */
  public static void main(String[] file) {
    try {
      MemifSocket.of(line("socket=" + file[0])).check("dpdk0", true);
    } catch (ConfigException e) {
      System.out.println(e.getMessage());
    }
  }

  @Test
  void aPathThatTheKernelWouldRefuseIsRefused() {
    MemifSocket socket = MemifSocket.of(line("socket=" + folder.resolve("x".repeat(108))));
    ConfigException e = assertThrows(ConfigException.class, () -> socket.check("dpdk0", true));
    assertTrue(e.getMessage().endsWith("the path is longer than 107 bytes"), e.getMessage());
  }

  @Test
  void theFileOfAServerThatHasGoneIsRemovedAndNotThatOfOneThatListens() throws IOException {
    Path file = folder.resolve("memif.sock");
    MemifSocket socket = MemifSocket.of(line("socket=" + file));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(file));
      socket.check("dpdk0", false);
      ConfigException e = assertThrows(ConfigException.class, () -> socket.check("dpdk0", true));
      assertTrue(e.getMessage().contains("port busy"), e.getMessage());
    }
    socket.check("dpdk0", true);
    assertFalse(Files.exists(file));
  }
}
