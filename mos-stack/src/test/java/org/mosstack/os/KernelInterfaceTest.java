package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
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

  /** What it does to one that is there needs root: the checks of the programs show it. */
  @Test
  void addressesNoneThatIsMissing() throws UnknownHostException {
    Inet4Address address = (Inet4Address) InetAddress.getByName("10.0.0.2");
    Inet4Address netmask = (Inet4Address) InetAddress.getByName("255.255.255.0");
    assertFalse(KernelInterface.setAddress("no-such-iface", address, netmask));
    assertFalse(
        KernelInterface.setAddress("a-name-longer-than-the-kernel-allows", address, netmask));
  }

  @Test
  void knowsWhichAreMissing() {
    assertTrue(KernelInterface.mtu("no-such-iface").isEmpty());
    assertTrue(KernelInterface.mtu("").isEmpty());
    assertTrue(KernelInterface.mtu("a-name-longer-than-the-kernel-allows").isEmpty());
  }
}
