package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedObject;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * C2 compiles each access to memory into an instruction. Beyond its limit for one compilation unit
 * (NodeCountInliningCutoff, some thirty accesses) it calls them instead. Which method hits the
 * limit changes from run to run: a call for a header's field is a nanosecond of a packet, but in a
 * loop over a packet's bytes, as a checksum's, a transfer takes half as long again. So no loop may
 * come near the limit.
 */
@Timeout(120)
class InlinedMemoryTest {
  private static final String MEMORY = "org/mosstack/mbuf/Memory";
  private static final List<String> BEHIND_IT =
      List.of(
          "java/lang/foreign/", "jdk/internal/foreign/", "java/lang/invoke/", "jdk/internal/misc/");

  @TempDir private Path folder;

  @Test
  void noLoopCallsWhatAccessesMemory() throws IOException, InterruptedException {
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
          && (type.equals(MEMORY) || BEHIND_IT.stream().anyMatch(type::startsWith))
          && isInLoop(event.getValue("caller"), event.getInt("bci"))) {
        called.add(event.getValue("caller") + " calls " + callee.getString("name"));
      }
    }
    assertNotEquals(0, inlined);
    assertEquals(List.of(), called);
  }

  /** Whether an instruction is between a branch back and its target. */
  private static boolean isInLoop(RecordedMethod method, int bci) throws IOException {
    String file = "/" + method.getType().getName().replace('.', '/') + ".class";
    try (InputStream bytes = InlinedMemoryTest.class.getResourceAsStream(file)) {
      if (bytes == null) {
        return true; // a hidden class, of which nothing is known
      }
      CodeAttribute code =
          ClassFile.of().parse(bytes.readAllBytes()).methods().stream()
              .filter(m -> m.methodName().equalsString(method.getName()))
              .filter(m -> m.methodType().equalsString(method.getDescriptor()))
              .findFirst()
              .flatMap(m -> m.findAttribute(Attributes.code()))
              .orElseThrow();
      int at = 0;
      for (CodeElement element : code) {
        if (element instanceof BranchInstruction branch
            && code.labelToBci(branch.target()) <= bci
            && bci <= at) {
          return true;
        }
        at += element instanceof Instruction instruction ? instruction.sizeInBytes() : 0;
      }
      return false;
    }
  }
}
