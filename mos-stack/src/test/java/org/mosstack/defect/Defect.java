package org.mosstack.defect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A deliberate mistake, to see which test finds it.
 *
 * @param name short, in lower-case words
 * @param description what is wrong with it
 * @param file path below the package org.mosstack
 * @param search the original text, which occurs once; blanks and line ends don't matter
 * @param replacement what replaces it
 */
record Defect(String name, String description, String file, String search, String replacement) {

  /**
   * Reads definitions.
   *
   * @throws IOException if the file can't be read, or a line isn't as it has to be
   */
  static List<Defect> read(Path definitions) throws IOException {
    List<Defect> defects = new ArrayList<>();
    String[] current = new String[5];
    for (String line : Files.readAllLines(definitions)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String text = line.substring(1).strip();
      switch (line.charAt(0)) {
        case '=' -> {
          String[] parts = text.split(": ", 2);
          if (parts.length != 2) {
            throw new IOException(definitions + ": \"" + line + "\" has no description");
          }
          current = new String[] {parts[0], parts[1], null, null, null};
        }
        case '@' -> current[2] = text;
        case '-' -> current[3] = text;
        case '+' -> {
          current[4] = text;
          if (Arrays.asList(current).contains(null)) {
            throw new IOException(definitions + ": \"" + line + "\" comes too early");
          }
          defects.add(new Defect(current[0], current[1], current[2], current[3], current[4]));
        }
        default -> throw new IOException(definitions + ": \"" + line + "\" isn't understood");
      }
    }
    return defects;
  }

  /**
   * Returns the source with the mistake in it.
   *
   * @throws IOException if the searched text doesn't occur exactly once
   */
  String apply(String source) throws IOException {
    String regex =
        Arrays.stream(search.split("\\s+")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
    Matcher matcher = Pattern.compile(regex).matcher(source);
    List<int[]> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(new int[] {matcher.start(), matcher.end()});
    }
    if (found.size() != 1) {
      throw new IOException(
          name + ": \"" + search + "\" stands " + found.size() + " times in " + file);
    }
    int[] at = found.getFirst();
    return source.substring(0, at[0]) + replacement + source.substring(at[1]);
  }
}
