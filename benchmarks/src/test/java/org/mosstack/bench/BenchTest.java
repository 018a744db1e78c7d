package org.mosstack.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path folder;

  private int run(String... arguments) {
    return new Bench(folder, folder.toString(), new PrintStream(out), new PrintStream(err))
        .execute(arguments);
  }

  private String usage() throws IOException {
    try (var text = Bench.class.getResourceAsStream("usage.txt")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-h", "--help", "--quick --help", "raw --help"})
  void helpIsTheUsageAlone(String arguments) throws IOException {
    assertEquals(0, run(arguments.split(" ")));
    assertEquals(usage(), out.toString());
    assertEquals("", err.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "raw nonsense",
        "RAW",
        "--nonsense",
        "--forks",
        "--forks many",
        "--forks 0",
        "--seconds 0",
        "raw --seconds",
        "compare",
        "compare .",
        "compare . /no/such/folder",
      })
  void wrongArgumentsAreRefusedWithTheUsage(String arguments) throws IOException {
    assertEquals(2, run(arguments.split(" ")));
    assertTrue(err.toString().startsWith("bench: "), err::toString);
    assertTrue(err.toString().endsWith("\n" + usage()), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void anUnknownScenarioIsToldWithThoseThatThereAre() {
    run("nonsense");
    String first = err.toString().lines().findFirst().orElseThrow();
    assertTrue(
        first.startsWith("bench: read \"nonsense\", allowed: requests, connections, bulk,"), first);
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward", "requests raw --quick", "--forks 2 raw --seconds 3"})
  void aMissingProgramEndsItBeforeAnythingIsMeasured(String arguments) {
    assertEquals(2, run(arguments.split(" ")));
    assertEquals("dpdk-testpmd is missing: apt-get install dpdk dpdk-dev\n", err.toString());
  }

  @Test
  void theProgramsOfAllScenariosAreLookedFor() throws IOException {
    Path testpmd = Files.createFile(folder.resolve("dpdk-testpmd"));
    assertTrue(testpmd.toFile().setExecutable(true));
    assertEquals(2, run()); // macro is among the usual ones
    assertEquals("nginx is missing: apt-get install nginx-light\n", err.toString());
  }

  @Test
  void documentsAreRenewed() throws IOException {
    Path docs = Files.createDirectory(folder.resolve("docs"));
    Files.writeString(docs.resolve("benchmarks.md"), "one");
    Files.writeString(docs.resolve("performance.md"), "two\n");
    assertEquals(0, run("--docs"));
    assertEquals("one\n", Files.readString(docs.resolve("benchmarks.md")));
  }

  @Test
  void foldersWithoutACommonRatioAreAnError() {
    assertEquals(1, run("compare", folder.toString(), folder.toString(), "raw"));
    assertTrue(err.toString().startsWith("bench: no ratio is in both "), err::toString);
    assertEquals(1, err.toString().lines().count());
  }
}
