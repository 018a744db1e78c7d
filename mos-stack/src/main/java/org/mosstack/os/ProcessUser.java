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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A user of the machine that the process can become, to drop the privileges that start-up needed.
 *
 * @param name the user's name
 * @param uid the user's ID
 * @param gid the ID of its primary group
 */
public record ProcessUser(String name, int uid, int gid) {
  /** Root's user ID. */
  public static final int ROOT = 0;

  // struct passwd of glibc and musl on 64-bit machines (pwd.h).
  private static final int PW_UID = 16;
  private static final int PW_GID = 20;
  private static final int PASSWD_BYTES = 24;

  /** A thread has no capabilities if these are empty: the inheritable set alone grants nothing. */
  private static final List<String> CAPABILITY_SETS = List.of("CapPrm", "CapEff", "CapAmb");

  private static final String GROUPS = "Groups";
  private static final Path OWN_THREAD = Path.of("/proc/thread-self");
  private static final Path SELF = Path.of("/proc/self");
  private static final Path THREADS = Path.of("/proc/self/task");

  /** Returns the ID of the user that the process runs as. */
  public static int currentUid() throws IOException {
    return (int) Files.getAttribute(SELF, "unix:uid"); // the link's target: proc(5)
  }

  /** Finds a user by name (getpwnam(3)), in the machine's user database. */
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
   * Switches the process to this user and its groups, for good: all existing threads and future
   * ones. With a user other than root, none of them keeps a capability (capabilities(7)). The
   * kernel drops those only for a process of root: one that another user started with capabilities
   * is refused.
   *
   * @throws IOException if the system refuses, or a thread was left out or keeps capabilities; the
   *     process's privileges are then uncertain, and it should end
   */
  public void become() throws IOException {
    if (!change()) {
      throw new IOException("needs a start as root, with CAP_SETUID and CAP_SETGID");
    }
    Map<String, String> own = status(OWN_THREAD);
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        Map<String, String> status;
        try {
          status = status(thread);
        } catch (NoSuchFileException _) {
          continue; // the thread has ended
        }
        check(thread, status, own.get(GROUPS));
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

  private void check(Path thread, Map<String, String> status, String groups) throws IOException {
    if (!status.get("Uid").equals(ids(uid))
        || !status.get("Gid").equals(ids(gid))
        || !status.get(GROUPS).equals(groups)) {
      throw new IOException("a thread kept its user: " + thread);
    }
    for (String set : uid == ROOT ? List.<String>of() : CAPABILITY_SETS) {
      if (!status.get(set).matches("0+")) {
        throw new IOException(
            ("it would keep capabilities (%s %s), which the kernel takes only from root's"
                    + " processes: start it as root, or as %s right away")
                .formatted(set, status.get(set), name));
      }
    }
  }

  /** Reads a thread's status in proc(5), by label. */
  private static Map<String, String> status(Path thread) throws IOException {
    Map<String, String> status = new HashMap<>();
    for (String line : Files.readAllLines(thread.resolve("status"))) {
      int colon = line.indexOf(':');
      status.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    return status;
  }

  /** Real, effective, saved and file system ID. */
  private static String ids(int id) {
    return "%1$d\t%1$d\t%1$d\t%1$d".formatted(id & 0xFFFF_FFFFL);
  }

  /** The C functions, linked when first used. */
  private static final class Calls {
    static final MethodHandle GETPWNAM = Libc.GETPWNAM.link();
    static final MethodHandle INITGROUPS = Libc.INITGROUPS.link();
    static final MethodHandle SETRESGID = Libc.SETRESGID.link();
    static final MethodHandle SETRESUID = Libc.SETRESUID.link();
  }
}
