package org.mosstack.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A user of the machine that the process can become, to do without the privileges that its start
 * needed.
 *
 * @param name the user's name
 * @param uid the user's number
 * @param gid the number of its main group
 */
public record ProcessUser(String name, int uid, int gid) {
  // struct passwd of glibc and musl on 64-bit machines (pwd.h).
  private static final int PW_UID = 16;
  private static final int PW_GID = 20;
  private static final int PASSWD_BYTES = 24;

  private static final Path THREADS = Path.of("/proc/self/task");

  /** Finds a user by name (getpwnam(3)), in whatever the machine has its users from. */
  @SuppressWarnings("restricted") // the C library's struct
  public static Optional<ProcessUser> find(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long found = (long) Calls.GETPWNAM.invokeExact(arena.allocateFrom(name));
      if (found == 0) {
        return Optional.empty();
      }
      MemorySegment passwd = MemorySegment.ofAddress(found).reinterpret(PASSWD_BYTES);
      return Optional.of(
          new ProcessUser(
              name,
              passwd.get(ValueLayout.JAVA_INT, PW_UID),
              passwd.get(ValueLayout.JAVA_INT, PW_GID)));
    } catch (Throwable t) {
      throw new AssertionError("getpwnam downcall", t);
    }
  }

  /**
   * Makes the process this user's, with its groups, for good: all threads there are and those to
   * come. With another user than root all capabilities go (capabilities(7)).
   *
   * @throws IOException when the system refuses, or a thread was left out; what the process may do
   *     then is uncertain, and it should end
   */
  public void become() throws IOException {
    if (!change()) {
      throw new IOException("needs root, or CAP_SETUID and CAP_SETGID");
    }
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        check(thread.resolve("status"));
      }
    }
  }

  private boolean change() {
    try (Arena arena = Arena.ofConfined()) {
      // The groups first: the user may not change them.
      return (int) Calls.INITGROUPS.invokeExact(arena.allocateFrom(name), gid) == 0
          && (int) Calls.SETRESGID.invokeExact(gid, gid, gid) == 0
          && (int) Calls.SETRESUID.invokeExact(uid, uid, uid) == 0;
    } catch (Throwable t) {
      throw new AssertionError("setresuid downcall", t);
    }
  }

  private void check(Path status) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(status);
    } catch (NoSuchFileException _) {
      return; // the thread has ended
    }
    for (String line : lines) {
      boolean wrong =
          line.startsWith("Uid:") && !line.equals(ids("Uid:", uid))
              || line.startsWith("Gid:") && !line.equals(ids("Gid:", gid));
      if (wrong) {
        throw new IOException("a thread kept its user: " + status.getParent());
      }
    }
  }

  /** Real, effective, saved and file system's number: proc(5). */
  private static String ids(String label, int id) {
    return (label + "\t%1$d\t%1$d\t%1$d\t%1$d").formatted(id & 0xFFFF_FFFFL);
  }

  /** The C functions, linked when first used. */
  private static final class Calls {
    static final MethodHandle GETPWNAM = Libc.GETPWNAM.link();
    static final MethodHandle INITGROUPS = Libc.INITGROUPS.link();
    static final MethodHandle SETRESGID = Libc.SETRESGID.link();
    static final MethodHandle SETRESUID = Libc.SETRESUID.link();
  }
}
