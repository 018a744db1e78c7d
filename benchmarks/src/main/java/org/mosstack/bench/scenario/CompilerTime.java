package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The CPU time that the JIT compilers of other processes take.
 *
 * @param processes their folders in {@code /proc}
 */
record CompilerTime(Path... processes) {
  /** As much of a thread's name as the kernel keeps. */
  private static final String COMPILER = "C[12] CompilerThre";

  /** Indices of utime and stime after the name, which may have spaces; see proc_pid_stat(5). */
  private static final int USER = 11;

  private static final int SYSTEM = 12;

  /** Returns the time so far, in hundredths of a second (USER_HZ). */
  long hundredths() throws IOException {
    long sum = 0;
    for (Path process : processes) {
      try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
        for (Path thread : threads) {
          sum += hundredths(thread);
        }
      }
    }
    return sum;
  }

  private static long hundredths(Path thread) throws IOException {
    try {
      if (!Files.readString(thread.resolve("comm")).strip().matches(COMPILER)) {
        return 0;
      }
      String stat = Files.readString(thread.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM]);
    } catch (IOException e) {
      if (Files.exists(thread)) {
        throw e;
      }
      return 0; // it has ended
    }
  }
}
