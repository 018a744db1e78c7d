package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Each kind of mistake has a sentence of its own. */
class ConfigExceptionTest {
  @Test
  void aValueThatIsNotAllowed() {
    ConfigException e = ConfigException.notAllowed("mos.conf", 3, "rmem_size", "8k", "bytes");
    assertEquals("mos.conf:3: rmem_size: read \"8k\", allowed: bytes", e.getMessage());
    assertEquals(Optional.of("mos.conf"), e.fileName());
    assertEquals(OptionalInt.of(3), e.line());
    String elsewhere = ConfigException.notAllowed("program", 0, "k", "\n", "x").getMessage();
    assertEquals("program: k: read \"\\n\", allowed: x", elsewhere);
  }

  @Test
  void somethingMissing() {
    ConfigException e = ConfigException.missing("mos.conf", 9, "mos", "the key x", "1 or 2");
    assertEquals("mos.conf:9: mos: the key x is missing, allowed: 1 or 2", e.getMessage());
    assertEquals(OptionalInt.of(9), e.line());
    e = ConfigException.missing("mos.conf", 9, "file", "the block mos { }", "");
    assertEquals("mos.conf:9: file: the block mos { } is missing", e.getMessage());
  }

  @Test
  void aConflict() {
    ConfigException e = ConfigException.conflict("mos.conf", 6, "url", "b", "line 2 gives it");
    assertEquals("mos.conf:6: url: read \"b\", but line 2 gives it", e.getMessage());
    assertEquals(OptionalInt.of(6), e.line());
  }

  @Test
  void aFileThatIsNotThere() {
    ConfigException e = ConfigException.unreadable("no/mos.conf", "no such file");
    assertEquals("no/mos.conf: can't be read: no such file", e.getMessage());
    assertEquals(Optional.of("no/mos.conf"), e.fileName());
    assertEquals(OptionalInt.empty(), e.line());
  }

  /** Its name isn't cut off: who is to mend it needs all of it. */
  @Test
  void aFileThatCannotBeWritten() {
    String name = "/" + "x".repeat(200);
    ConfigException e = ConfigException.unwritable("m", 2, "mos_log", Path.of(name), "no space");
    assertEquals("m:2: mos_log: can't write \"" + name + "\": no space", e.getMessage());
  }

  @Test
  void aStartUpThatFails() {
    ConfigException e = new ConfigException("no huge pages");
    assertEquals("no huge pages", e.getMessage());
    assertEquals(Optional.empty(), e.fileName());
    assertEquals(OptionalInt.empty(), e.line());
    assertEquals(2, ConfigException.EXIT_CODE);
  }
}
