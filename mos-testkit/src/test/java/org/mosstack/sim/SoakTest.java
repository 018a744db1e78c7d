package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * What {@code bin/soak} starts, and how it ends. Its commands are stubs that record their
 * arguments.
 */
class SoakTest {
  @TempDir private Path home;
  private final StringWriter errors = new StringWriter();
  private Path asked;

  @BeforeEach
  void stubs() throws IOException {
    Files.createDirectory(home.resolve("bin"));
    asked = home.resolve("asked");
    stub("netty-suite", 0);
    stub("libraries", 0);
    stub("fuzz", 0);
  }

  private void stub(String name, int exitCode) throws IOException {
    Path file = home.resolve("bin").resolve(name);
    String text = "#!/bin/sh\necho %s \"$@\" >>'%s'\nexit %d\n".formatted(name, asked, exitCode);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private int soak(String... arguments) {
    return new CommandLine(new Soak(home)).setErr(new PrintWriter(errors)).execute(arguments);
  }

  @Test
  void eachPartIsStarted() throws IOException {
    int code =
        soak(
            "all",
            "--runs=9",
            "--first=1,1000,1000000",
            "--suite-runs=3",
            "--fuzz-minutes=7",
            "--frames=1000",
            "--frames-seed=5");
    assertEquals(0, code, errors.toString());
    assertEquals(
        List.of(
            "netty-suite 3",
            "netty-suite --plain 3",
            "netty-suite --foreign 3",
            "netty-suite --shared 3",
            "netty-suite --kernel 3",
            "libraries",
            "fuzz all --minutes 7",
            "fuzz frames --count 1000 --seed 5"),
        Files.readAllLines(asked));
  }

  @Test
  void seedsAloneByDefault() {
    assertEquals(0, soak("--runs=3", "--scenario=clean"), errors.toString());
    assertFalse(Files.exists(asked));
  }

  @Test
  void aFindingIsAnExitCodeAndTheRestGoesOn() throws IOException {
    stub("netty-suite", 1);
    assertEquals(1, soak("suite", "frames", "--frames-seed=1"));
    assertEquals(2, Files.readAllLines(asked).size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "--scenario=nonsense",
        "--runs=0",
        "--findings=0",
        "--suite-runs=100",
        "--minutes=0",
        "--first=x"
      })
  void wrongArguments(String argument) {
    assertEquals(2, soak(argument));
    assertFalse(errors.toString().isBlank());
  }
}
