package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KernelInterfaceTest {
  private static final Path INTERFACES = Path.of("/sys/class/net");

  @Test
  void tellsTheMtuOfEveryInterfaceOfTheSystem() throws IOException {
    try (Stream<Path> interfaces = Files.list(INTERFACES)) {
      for (Path folder : interfaces.filter(f -> Files.exists(f.resolve("mtu"))).toList()) {
        int expected = Integer.parseInt(Files.readString(folder.resolve("mtu")).strip());
        String name = folder.getFileName().toString();
        assertEquals(expected, KernelInterface.mtu(name).orElse(-1), name);
      }
    }
    assertTrue(KernelInterface.mtu("lo").isPresent());
  }

  @Test
  void knowsWhichAreMissing() {
    assertTrue(KernelInterface.mtu("no-such-iface").isEmpty());
    assertTrue(KernelInterface.mtu("").isEmpty());
    assertTrue(KernelInterface.mtu("a-name-longer-than-the-kernel-allows").isEmpty());
  }
}
