package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Classes with another name for Netty, which is longer or shorter. */
class RelocationTest {
  private static final ClassLoader LOADER = RelocationTest.class.getClassLoader();

  /** Where a class file's constant pool begins, after its size. */
  private static final int POOL = 10;

  private static byte[] classFile(Class<?> type) throws IOException {
    try (InputStream file =
        LOADER.getResourceAsStream(type.getName().replace('.', '/') + ".class")) {
      return file.readAllBytes();
    }
  }

  @Test
  void aRelocatedClassIsLoadedAndRuns() throws ReflectiveOperationException {
    for (String name : new String[] {"com.acme.shaded.io.netty", "n", "io.nutty"}) {
      Class<?> relocated = new RelocatingLoader(LOADER, name).loadClass(name + ".util.NetUtil");
      assertNotSame(NetUtil.class, relocated);
      Object text = relocated.getMethod("intToIpAddress", int.class).invoke(null, 0x7F000001);
      assertEquals("127.0.0.1", text);
    }
  }

  @Test
  void thereAndBack() throws IOException {
    byte[] original = classFile(NetUtil.class);
    byte[] away = new Relocation("io.nutty").apply(original);
    assertEquals(original.length, away.length);
    String text = new String(away, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertEquals(-1, text.indexOf("io/netty/"));
    assertEquals(-1, text.indexOf("io.netty."));
    assertArrayEquals(
        original,
        text.replace("io/nutty/", "io/netty/")
            .replace("io.nutty.", "io.netty.")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }

  @Test
  void theSameNameChangesNothing() throws IOException {
    byte[] original = classFile(NetUtil.class);
    assertSame(original, new Relocation("io.netty").apply(original));
  }

  @Test
  void aClassFileThatEndsInItsPoolIsRefused() throws IOException {
    byte[] original = classFile(NetUtil.class);
    Relocation relocation = new Relocation("com.acme.netty");
    for (int length = 0; length < 2_000; length++) {
      byte[] start = Arrays.copyOf(original, length);
      assertThrows(IllegalArgumentException.class, () -> relocation.apply(start));
    }
  }

  @Test
  void whatIsNoClassFileIsRefused() throws IOException {
    Relocation relocation = new Relocation("com.acme.netty");
    assertThrows(IllegalArgumentException.class, () -> relocation.apply(new byte[100]));
    byte[] unknownTag = classFile(NetUtil.class);
    unknownTag[POOL] = 2;
    assertThrows(IllegalArgumentException.class, () -> relocation.apply(unknownTag));
  }

  @Test
  void aNameThatGetsTooLongIsRefused() throws IOException {
    Relocation relocation = new Relocation("n".repeat(65_535));
    byte[] original = classFile(NetUtil.class);
    assertThrows(IllegalArgumentException.class, () -> relocation.apply(original));
  }
}
