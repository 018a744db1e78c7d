package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The form of the documents: lines that fit a screen, and links that lead somewhere. */
class DocumentsTest {
  private static final Path ROOT = Path.of("..");
  private static final int MAX_COLUMNS = 120;
  private static final int LEAST_PAGES = 15;
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern NOT_PROSE = Pattern.compile("\\s*\\|.*|!?\\[.*\\)");

  private static List<Path> pages() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      List<Path> pages =
          Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList();
      assertTrue(pages.size() >= LEAST_PAGES, pages::toString);
      return pages;
    }
  }

  /** Except tables, links that are too long by themselves, and generated text. */
  @Test
  void linesAreShort() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path page : pages()) {
      boolean generated = false;
      int number = 0;
      for (String line : Files.readAllLines(page)) {
        number++;
        generated = generated ? !line.startsWith("<!-- end") : line.startsWith("<!-- bench");
        boolean prose = !generated && !NOT_PROSE.matcher(line).matches();
        if (prose && line.codePointCount(0, line.length()) > MAX_COLUMNS) {
          tooLong.add(page.getFileName() + ":" + number);
        }
      }
    }
    assertEquals(List.of(), tooLong);
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
        String target = link.group(1);
        if (!target.contains("://") && !leads(page, target)) {
          broken.add(page.getFileName() + ": " + target);
        }
      }
    }
    assertEquals(List.of(), broken);
  }

  /** Whether the file exists, and has the heading that a link names. */
  private static boolean leads(Path page, String target) throws IOException {
    String[] parts = target.split("#", 2);
    Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
    if (!Files.exists(file)) {
      return false;
    }
    return parts.length == 1
        || !file.toString().endsWith(".md")
        || Files.readAllLines(file).stream().anyMatch(line -> isHeading(line, parts[1]));
  }

  /** Compares a heading with an anchor as GitHub derives it. */
  private static boolean isHeading(String line, String anchor) {
    if (!line.startsWith("#")) {
      return false;
    }
    String text = line.replaceFirst("#+\\s+", "").toLowerCase(Locale.ROOT);
    return text.replaceAll("[^\\p{L}\\p{N}\\s_-]", "").replace(' ', '-').equals(anchor);
  }
}
