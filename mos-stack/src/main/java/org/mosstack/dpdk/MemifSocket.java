package org.mosstack.dpdk;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.mosstack.config.ConfigException;

/**
 * The socket over which the two ends of a memif agree. Whoever connects to it shares memory with
 * this process, and DPDK's driver believes what stands there: a peer is trusted like code of the
 * process. So the socket is a file in a folder that only the process's user may enter, unless the
 * line says otherwise; DPDK's own default, an abstract socket, is open to every user of the
 * machine.
 *
 * @param isAbstract whether it is a name in the network namespace, and no file
 * @param name the name, or the file's absolute path
 */
record MemifSocket(boolean isAbstract, String name) {
  private static final String SOCKET = "socket";
  private static final String SOCKET_ABSTRACT = "socket-abstract";
  private static final String DEFAULT_FILE = "/run/mos/memif.sock";
  private static final String ONLY_THE_USER = "rwx------";

  /** Bytes of a path that the kernel takes (struct sockaddr_un, unix(7)), the end not counted. */
  private static final int MAX_PATH_BYTES = 107;

  /** The socket that a line names; a relative path begins at the working directory. */
  static MemifSocket of(PortOptions options) {
    String name = options.devarg(SOCKET).orElse(DEFAULT_FILE);
    boolean isAbstract = options.devarg(SOCKET_ABSTRACT).filter("yes"::equals).isPresent();
    return new MemifSocket(
        isAbstract, isAbstract ? name : Path.of(name).toAbsolutePath().normalize().toString());
  }

  /** The line as DPDK is to see it: of an argument that comes twice the last one counts. */
  PortOptions complete(PortOptions options) {
    return options.with(SOCKET, name).with(SOCKET_ABSTRACT, isAbstract ? "yes" : "no");
  }

  /**
   * Finds what would make the driver fail without a reason given, and makes the folder where it is
   * missing.
   *
   * @param device the device's name, for the message
   * @param isServer whether this end makes the socket
   */
  void check(String device, boolean isServer) {
    try {
      if (isAbstract) {
        if (isServer && isTaken()) {
          throw busy(device);
        }
        return;
      }
      if (name.getBytes().length > MAX_PATH_BYTES) {
        throw error(device, "the path is longer than " + MAX_PATH_BYTES + " bytes");
      }
      makeFolder(Path.of(name).getParent());
      if (isServer) {
        clear(device, Path.of(name));
      }
    } catch (AccessDeniedException e) {
      throw error(device, e.getFile() + ": permission denied: name a file of yours with socket=");
    } catch (IOException e) {
      throw new ConfigException(device + ": socket=" + name + ": " + e, e);
    }
  }

  private boolean isTaken() throws IOException {
    List<String> sockets = Files.readAllLines(Path.of("/proc/net/unix"));
    return sockets.stream().anyMatch(line -> line.endsWith(" @" + name));
  }

  /** The last folder is for the user alone; those above are made as the umask says. */
  private static void makeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder.getParent());
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(ONLY_THE_USER)));
    }
    if (!Files.isWritable(folder)) {
      throw new AccessDeniedException(folder.toString());
    }
  }

  /** Takes the file away when the process that made it has gone. */
  private void clear(String device, Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(file));
      throw busy(device);
    } catch (ConnectException _) {
      Files.delete(file); // refused: nobody listens
    } catch (SocketException _) {
      throw busy(device); // of another type, that is, of memif's
    }
  }

  private ConfigException busy(String device) {
    return new ConfigException(
        device
            + ": port busy: another process listens on the memif socket "
            + name
            + "; end it, or name another with socket=");
  }

  private ConfigException error(String device, String reason) {
    return new ConfigException(device + ": socket=" + name + ": " + reason);
  }
}
