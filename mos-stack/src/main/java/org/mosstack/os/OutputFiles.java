package org.mosstack.os;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Opens files that a configuration or a command line names for writing, so that no other user of
 * the machine can redirect the output to another file.
 *
 * <p>In a world-writable folder with the sticky bit, such as {@code /tmp}, a symbolic link is
 * followed, a folder entered, and an existing file or pipe written only if it belongs to the
 * process's user or to the folder's owner. For links, files and pipes these are the kernel's rules
 * {@code protected_symlinks}, {@code protected_regular} and {@code protected_fifos}
 * (proc_sys_fs(5)), applied whether or not the kernel enforces them. Nothing with a second name (a
 * hard link) is used there either, as others could link to the user's files if {@code
 * protected_hardlinks} is off. {@code /dev/stdout} and the like, which lead to what the process has
 * open already, aren't checked, and are never truncated.
 */
public final class OutputFiles {
  private static final int STICKY = 01000;
  private static final int WRITABLE_BY_ALL = 0002;
  private static final int MAX_LINKS = 40; // as in the kernel: path_resolution(7)
  private static final Path PROC = Path.of("/proc");
  private static final Path STDOUT = Path.of("/proc/self/fd/1");
  private static final Path STDERR = Path.of("/proc/self/fd/2");

  private static final Set<PosixFilePermission> OWNER_ONLY =
      Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private OutputFiles() {}

  /**
   * Opens a file, created if missing with the umask applied, and truncates it; what leads to an
   * open file, such as {@code /dev/stdout}, is written to behind what is there. Interrupting a
   * writing thread doesn't close it.
   *
   * @param file its path
   * @return an unbuffered stream
   * @throws AccessDeniedException if another user may have put it or a link to it there
   * @throws IOException when it can't be opened
   */
  public static OutputStream stream(Path file) throws IOException {
    return open(target(file, false));
  }

  /**
   * Like {@link #stream}, for what only the process's user may read, such as packets: the file is
   * created with mode 0600; an existing one of the user's gets it. Another user's is refused, as
   * its owner could read what is written.
   */
  public static OutputStream privateStream(Path file) throws IOException {
    return open(target(file, true));
  }

  /**
   * Opens a file, created if missing with the umask applied.
   *
   * @param file its path
   * @param option APPEND or TRUNCATE_EXISTING; what leads to an open file, such as {@code
   *     /dev/stdout}, is appended to in any case
   * @throws AccessDeniedException if another user may have put it or a link to it there
   * @throws IOException when it can't be opened
   */
  public static FileChannel channel(Path file, StandardOpenOption option) throws IOException {
    Target target = target(file, false);
    StandardOpenOption own = target.resolved ? option : StandardOpenOption.APPEND;
    return FileChannel.open(target.path, target.options(own));
  }

  /**
   * Creates a file if it is missing, for C code to open.
   *
   * @param file its path
   * @return the path to pass to C: nobody else can put another file there
   * @throws AccessDeniedException if another user may have put it or a link to it there
   * @throws IOException if it can't be created
   */
  public static Path made(Path file) throws IOException {
    return target(file, false).path;
  }

  /**
   * Returns the path of what exists or is to be created, without links.
   *
   * @param file its path
   * @throws AccessDeniedException if another user may have put it, a folder or a link there
   * @throws IOException if it can't be examined
   */
  public static Path resolved(Path file) throws IOException {
    return resolve(file).path;
  }

  /**
   * Whether a path leads to a file that the process has open already, as {@code /dev/stdout} does:
   * what is in it isn't all of whoever opens it by this path.
   *
   * @param file its path
   * @throws AccessDeniedException if another user may have put it, a folder or a link there
   * @throws IOException if it can't be examined
   */
  static boolean isOpenFile(Path file) throws IOException {
    return !resolve(file).resolved;
  }

  /** Why a file can't be written, in the kernel's words where Java keeps them. */
  public static String reason(IOException e) {
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    return switch (e) {
      case NoSuchFileException _ -> "no such directory";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "it is no directory";
      case FileSystemLoopException _ -> "too many symbolic links";
      case FileSystemException _ -> e.toString(); // its message is the path
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }

  private static OutputStream open(Target target) throws IOException {
    if (target.resolved) {
      return Files.newOutputStream(
          target.path, target.options(StandardOpenOption.TRUNCATE_EXISTING));
    }
    // Its descriptor's position is where what is printed goes next: one of our own would be passed.
    if (isOpenAs(STDOUT, target.path)) {
      return new KeptOpen(FileDescriptor.out);
    }
    if (isOpenAs(STDERR, target.path)) {
      return new KeptOpen(FileDescriptor.err);
    }
    return Files.newOutputStream(target.path, target.options(StandardOpenOption.APPEND));
  }

  private static boolean isOpenAs(Path descriptor, Path path) throws IOException {
    return Files.exists(descriptor) && Files.isSameFile(path, descriptor);
  }

  /** Writes to a descriptor that isn't closed with it. */
  private static final class KeptOpen extends OutputStream {
    private final FileOutputStream out;

    KeptOpen(FileDescriptor descriptor) {
      out = new FileOutputStream(descriptor);
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }
  }

  /**
   * An existing file.
   *
   * @param path without links, unless it leads through {@code /proc}
   * @param resolved whether that is so: a link there now has been put there since
   */
  private record Target(Path path, boolean resolved) {
    OpenOption[] options(StandardOpenOption option) {
      List<OpenOption> options = new ArrayList<>(List.of(StandardOpenOption.WRITE, option));
      if (resolved) {
        options.add(LinkOption.NOFOLLOW_LINKS);
      }
      return options.toArray(OpenOption[]::new);
    }
  }

  private static Target target(Path file, boolean isPrivate) throws IOException {
    Target target = resolve(file);
    if (!target.resolved) {
      return target;
    }
    if (!Files.exists(target.path, LinkOption.NOFOLLOW_LINKS)) {
      try {
        create(target.path, isPrivate);
        return target;
      } catch (FileAlreadyExistsException _) {
        // Somebody was faster: it is checked like any other.
      }
    }
    checkEntry(file, target.path);
    if (isPrivate && Files.isRegularFile(target.path, LinkOption.NOFOLLOW_LINKS)) {
      if (owner(target.path) != ProcessUser.currentUid()) {
        throw new AccessDeniedException(
            file.toString(), null, target.path + " belongs to another user, who could read it");
      }
      Files.setPosixFilePermissions(target.path, OWNER_ONLY);
    }
    return target;
  }

  private static void create(Path file, boolean isPrivate) throws IOException {
    if (isPrivate) {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } else {
      Files.createFile(file);
    }
  }

  /** Resolves a path's links, name by name, as long as nobody else may have put one there. */
  private static Target resolve(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    Deque<Path> rest = new ArrayDeque<>();
    absolute.forEach(rest::add);
    Path at = absolute.getRoot();
    int links = 0;
    while (!rest.isEmpty()) {
      String name = rest.pop().toString();
      if (name.equals("..")) {
        at = at.getParent() == null ? at : at.getParent();
        continue;
      }
      Path next = name.equals(".") ? at : at.resolve(name);
      boolean isLink = Files.isSymbolicLink(next);
      if (isLink && at.startsWith(PROC)) {
        return new Target(file, false); // an open file, which need not have a path
      }
      if (Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
        checkEntry(file, next);
      }
      if (!isLink) {
        at = next;
        continue;
      }
      if (++links > MAX_LINKS) {
        throw new FileSystemLoopException(file.toString());
      }
      Path to = Files.readSymbolicLink(next);
      for (int i = to.getNameCount() - 1; i >= 0; i--) {
        rest.push(to.getName(i));
      }
      at = to.isAbsolute() ? to.getRoot() : at;
    }
    return new Target(at, true);
  }

  /** Checks that an existing entry can't be another user's trap. */
  private static void checkEntry(Path file, Path entry) throws IOException {
    Path folder = entry.getParent();
    int shared = STICKY | WRITABLE_BY_ALL;
    if (folder == null || ((int) attribute(folder, "mode") & shared) != shared) {
      return;
    }
    int owner = owner(entry);
    if (owner != ProcessUser.currentUid() && owner != owner(folder)) {
      throw refusal(file, entry + " belongs to another user");
    }
    boolean isFolder = Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
    if (!isFolder && (int) attribute(entry, "nlink") > 1) {
      throw refusal(file, entry + " has another name too (a hard link)");
    }
  }

  private static AccessDeniedException refusal(Path file, String reason) {
    return new AccessDeniedException(
        file.toString(), null, reason + ", in a folder that everybody may write into");
  }

  private static int owner(Path entry) throws IOException {
    return (int) attribute(entry, "uid");
  }

  private static Object attribute(Path entry, String name) throws IOException {
    return Files.getAttribute(entry, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
  }
}
