package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.ConfigException;
import org.mosstack.config.Driver;

/** Who may connect to a memif. */
class MemifSocketTest {
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
    MemifSocket.of(line("socket=" + folder.resolve("memif.sock"))).check("dpdk0", false);
    assertEquals("rwxr-x---", permissions(folder));
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
