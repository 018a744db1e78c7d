package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedObject;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * C2 compiles each access to memory into an instruction. Beyond its limit for one compilation unit
 * (NodeCountInliningCutoff, some thirty accesses) it calls them instead, for instance in the loop
 * of a checksum, and a transfer takes half as long again. Which method hits the limit changes from
 * run to run, so none may come near it.
 */
@Timeout(120)
class InlinedMemoryTest {
  private static final String MEMORY = "org/mosstack/mbuf/Memory";
  private static final List<String> BEHIND_IT =
      List.of(
          "java/lang/foreign/", "jdk/internal/foreign/", "java/lang/invoke/", "jdk/internal/misc/");

  @TempDir private Path folder;

  @Test
  void noUnitHasMoreMemoryAccessesThanAreInlined() throws IOException, InterruptedException {
    Path recording = folder.resolve("compiler.jfr");
    Process traffic =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:StartFlightRecording:jdk.CompilerInlining#enabled=true,filename=" + recording,
                "-cp",
                System.getProperty("java.class.path"),
                Traffic.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, traffic.waitFor());
    int inlined = 0;
    List<String> called = new ArrayList<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(recording)) {
      if (!event.getEventType().getName().equals("jdk.CompilerInlining")) {
        continue;
      }
      RecordedObject callee = event.getValue("callee");
      String type = callee.getString("type");
      if (event.getBoolean("succeeded")) {
        inlined += type.equals(MEMORY) ? 1 : 0;
      } else if (event.getString("message").contains("NodeCountInliningCutoff")
          && (type.equals(MEMORY) || BEHIND_IT.stream().anyMatch(type::startsWith))) {
        called.add(event.getValue("caller") + " calls " + callee.getString("name"));
      }
    }
    assertNotEquals(0, inlined);
    assertEquals(List.of(), called);
  }
}
