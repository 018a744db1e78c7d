package org.mosstack.dpdk;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.mosstack.config.ConfigException;
import org.mosstack.os.OutputFiles;
import org.mosstack.os.ProcessUser;

/**
 * The socket over which the two ends of a memif negotiate. Whoever connects to it shares memory
 * with this process, and DPDK's driver trusts what is in there: a peer is trusted like code of the
 * process. So the socket is a file in a folder created for the process's user alone, unless the
 * line names an existing one: that may be another user's, for two users' ends, which causes a
 * warning, but not one that everybody may write into. DPDK's own default, an abstract socket, is
 * open to every user of the machine.
 *
 * @param isAbstract whether it is a name in the network namespace instead of a file
 * @param name the name, or the file's absolute path
 */
record MemifSocket(boolean isAbstract, String name) {
  private static final String SOCKET = "socket";
  private static final String SOCKET_ABSTRACT = "socket-abstract";
  private static final String DEFAULT_FILE = "/run/mos/memif.sock";
  private static final String ONLY_THE_USER = "rwx------";

  private static final System.Logger LOG = System.getLogger(MemifSocket.class.getName());

  private static final String MODE = "unix:mode";
  private static final String OWNER = "unix:uid";

  /** Bits of a file's mode (stat.h): its type, the type of a socket, who may write. */
  private static final int TYPE = 0170000;

  private static final int TYPE_SOCKET = 0140000;
  private static final int WRITABLE_BY_ALL = 0002;
  private static final int WRITABLE_BY_GROUP = 0020;

  /** Longest path in bytes that the kernel takes (struct sockaddr_un, unix(7)), without the 0. */
  private static final int MAX_PATH_BYTES = 107;

  /** The socket that a line names; a relative path starts at the working directory. */
  static MemifSocket of(PortOptions options) {
    String name = options.devarg(SOCKET).orElse(DEFAULT_FILE);
    boolean isAbstract = options.devarg(SOCKET_ABSTRACT).filter("yes"::equals).isPresent();
    return new MemifSocket(
        isAbstract, isAbstract ? name : Path.of(name).toAbsolutePath().normalize().toString());
  }

  /** The line as DPDK is to see it; if an argument occurs twice, the last one counts. */
  PortOptions complete(PortOptions options) {
    return options.with(SOCKET, name).with(SOCKET_ABSTRACT, isAbstract ? "yes" : "no");
  }

  /**
   * Finds what would make the driver fail without giving a reason, and who else could be at the
   * other end, and creates the folder if it is missing.
   *
   * @param device the device's name, for the message
   * @param isServer whether this end creates the socket
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
      makeFolder(folder());
      if (isServer) {
        clear(device, Path.of(name));
      }
      doubt().ifPresent(doubt -> LOG.log(System.Logger.Level.WARNING, line(device, doubt)));
    } catch (AccessDeniedException e) {
      String reason = e.getReason() == null ? e.getFile() + ": permission denied" : e.getReason();
      throw error(device, reason + ": name a file of yours with socket=");
    } catch (IOException e) {
      throw new ConfigException(line(device, e.toString()), e);
    }
  }

  private Path folder() {
    return Path.of(name).getParent();
  }

  private boolean isTaken() throws IOException {
    List<String> sockets = Files.readAllLines(Path.of("/proc/net/unix"));
    return sockets.stream().anyMatch(line -> line.endsWith(" @" + name));
  }

  /**
   * Creates the folder for the user alone, and those above it as the umask says. An existing one is
   * left as it is, and refused if just anybody may have created it, or may put the socket into it.
   */
  private static void makeFolder(Path given) throws IOException {
    Path folder = OutputFiles.resolved(given);
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder.getParent());
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(ONLY_THE_USER)));
    }
    if (!Files.isWritable(folder)) {
      throw new AccessDeniedException(folder.toString());
    }
    if ((attribute(folder, MODE) & WRITABLE_BY_ALL) != 0) {
      throw new AccessDeniedException(
          folder.toString(), null, folder + ": everybody may write into it");
    }
  }

  /**
   * Who else may put a socket there, which may be intended: the two ends may belong to different
   * users. Empty if nobody but root may.
   */
  Optional<String> doubt() throws IOException {
    Path folder = folder();
    int owner = attribute(folder, OWNER);
    boolean isOwn = owner == ProcessUser.ROOT || owner == ProcessUser.currentUid();
    if (isOwn && (attribute(folder, MODE) & WRITABLE_BY_GROUP) == 0) {
      return Optional.empty();
    }
    return Optional.of(
        ("not only this process's user may put a socket there (the folder's mode is %s, its owner"
                + " %s): whoever does is trusted like code of this process")
            .formatted(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)),
                Files.getOwner(folder)));
  }

  private static int attribute(Path file, String name, LinkOption... options) throws IOException {
    return (int) Files.getAttribute(file, name, options);
  }

  /** Deletes the file if the process that created it is gone. */
  private void clear(String device, Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if ((attribute(file, MODE, LinkOption.NOFOLLOW_LINKS) & TYPE) != TYPE_SOCKET) {
      throw error(device, "is there and no socket: name another");
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(file));
      throw busy(device);
    } catch (ConnectException _) {
      Files.delete(file); // refused: nobody listens
    } catch (BindException _) {
      throw new AccessDeniedException(file.toString()); // the JDK's form of EACCES
    } catch (SocketException _) {
      throw busy(device); // of another type, namely memif's
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
    return new ConfigException(line(device, reason));
  }

  private String line(String device, String text) {
    return device + ": socket=" + name + ": " + text;
  }
}
