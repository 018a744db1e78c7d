package org.mosstack.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompilerTimeTest {
  @TempDir private Path proc;

  private Path process(String name) throws IOException {
    return Files.createDirectories(proc.resolve(name));
  }

  private static void thread(Path process, String id, String name, long user, long system)
      throws IOException {
    Path thread = Files.createDirectories(process.resolve("task").resolve(id));
    Files.writeString(thread.resolve("comm"), name + "\n");
    String before = id + " (" + name + ") S 1 2 3 4 5 6 7 8 9 10 ";
    Files.writeString(thread.resolve("stat"), before + user + " " + system + " 11 12\n");
  }

  @Test
  void theCompilersOfAllProcessesAreAddedUp() throws IOException {
    Path server = process("10");
    thread(server, "10", "java", 1000, 1000);
    thread(server, "11", "C2 CompilerThre", 5, 1);
    thread(server, "12", "C1 CompilerThre", 20, 2);
    Path client = process("20");
    thread(client, "21", "C2 CompilerThre", 300, 0);
    thread(client, "22", "G1) Service (x)", 1000, 1000);
    assertEquals(328, new CompilerTime(server, client).hundredths());
  }

  @Test
  void aProgramThatIsntAJvmHasNone() throws IOException {
    Path nginx = process("30");
    thread(nginx, "30", "nginx", 400, 100);
    assertEquals(0, new CompilerTime(nginx).hundredths());
  }

  @Test
  void ofThisJvmThereIsSome() throws IOException {
    long time = new CompilerTime(Path.of("/proc/self")).hundredths();
    assertTrue(time > 0, () -> "hundredths of a second: " + time);
  }
}
