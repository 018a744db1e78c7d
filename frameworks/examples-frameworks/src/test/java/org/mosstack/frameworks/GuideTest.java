package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guide's diffs: short, and made of lines that the examples run. */
class GuideTest {
  private static final Path ROOT = Path.of("..", "..");
  private static final int MOST_LINES = 10;
  private static final Pattern DIFF = Pattern.compile("```diff\\n(.*?)```", Pattern.DOTALL);

  /**
   * Lines that differ in the examples: their stack has no file, and Maven declares the dependency.
   */
  private static final Pattern ELSEWHERE = Pattern.compile("MosStack stack = .*|implementation .*");

  private static List<String> changed(String section) throws Exception {
    String guide = Files.readString(ROOT.resolve("docs/frameworks.md"));
    String from = guide.substring(guide.indexOf("\n## " + section));
    Matcher diffs = DIFF.matcher(from.substring(0, from.indexOf("\n## ", 1)));
    return diffs
        .results()
        .flatMap(diff -> diff.group(1).lines())
        .filter(line -> line.startsWith("+") || line.startsWith("-"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "gRPC-java, GrpcExample, 9",
    "Reactor Netty, ReactorExample, 6",
    "Vert.x 5, VertxExample, 3",
  })
  void diffsAreShortAndRun(String section, String example, int lines) throws Exception {
    List<String> changed = changed(section);
    assertEquals(lines, changed.size(), changed::toString);
    assertTrue(lines <= MOST_LINES);
    Path source = Path.of("src/main/java/org/mosstack/frameworks", example + ".java");
    List<String> code = Files.readAllLines(source).stream().map(String::strip).toList();
    for (String line : changed) {
      String added = line.substring(1).strip().replaceFirst(";$", "");
      boolean runs =
          line.startsWith("-")
              || ELSEWHERE.matcher(added).matches()
              || code.stream().anyMatch(c -> c.startsWith(added));
      assertTrue(runs, () -> example + " hasn't: " + added);
    }
  }
}
