package org.mosstack.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Prometheus' text exposition format 0.0.4, parsed as strictly as it is specified: lines end with a
 * line feed; HELP and TYPE appear once and before the samples of their name; the samples of a name
 * are adjacent; each series appears once; a histogram has cumulative buckets up to +Inf, _sum and
 * _count.
 */
final class Exposition {
  private static final Set<String> TYPES =
      Set.of("counter", "gauge", "histogram", "summary", "untyped");

  /** Values by series: name and sorted labels, as in {@code name{a=b, c=d}}. */
  final Map<String, Double> samples = new LinkedHashMap<>();

  /** Types by name. */
  final Map<String, String> types = new LinkedHashMap<>();

  private final Map<String, String> helps = new HashMap<>();
  private final Set<String> ended = new HashSet<>();
  private String family;
  private String line;
  private int at;

  private record Bucket(double le, double count) {}

  private final Map<String, List<Bucket>> buckets = new LinkedHashMap<>();

  static Exposition parse(String text) {
    assertTrue(text.isEmpty() || text.endsWith("\n"), "the last line must end with a line feed");
    Exposition exposition = new Exposition();
    text.lines().filter(l -> !l.isBlank()).forEach(exposition::line);
    exposition.histograms();
    return exposition;
  }

  private void line(String text) {
    line = text;
    at = 0;
    if (text.startsWith("# HELP ")) {
      String[] words = text.split(" ", 4);
      begin(words[2]);
      assertNull(helps.put(words[2], words[3]), text);
      assertTrue(words[3].matches("([^\\\\]|\\\\\\\\|\\\\n)*"), text);
    } else if (text.startsWith("# TYPE ")) {
      String[] words = text.split(" ");
      assertEquals(4, words.length, text);
      begin(words[2]);
      assertTrue(TYPES.contains(words[3]), text);
      assertNull(types.put(words[2], words[3]), text);
    } else if (!text.startsWith("#")) {
      sample();
    }
  }

  private void begin(String name) {
    assertTrue(name.matches("[a-zA-Z_:][a-zA-Z0-9_:]*"), line);
    if (!name.equals(family)) {
      assertTrue(ended.add(name), "not together: " + line);
      family = name;
    }
  }

  private void sample() {
    String name = word("[a-zA-Z_:][a-zA-Z0-9_:]*");
    String type = types.get(family);
    assertNotNull(type, "no TYPE before " + line);
    boolean histogram =
        type.equals("histogram")
            && Set.of(family + "_bucket", family + "_sum", family + "_count").contains(name);
    assertTrue(histogram || name.equals(family), line + " in the family " + family);
    Map<String, String> labels = new TreeMap<>();
    if (peek() == '{') {
      labels(labels);
    }
    assertEquals(' ', next(), line);
    double value = number(line.substring(at));
    assertNull(samples.put(name + labels, value), "twice: " + line);
    if (histogram && name.endsWith("_bucket")) {
      double le = number(labels.remove("le"));
      buckets
          .computeIfAbsent(family + "|" + labels, _ -> new ArrayList<>())
          .add(new Bucket(le, value));
    }
    if (type.equals("counter")) {
      assertTrue(value >= 0 && name.endsWith("_total"), line);
    }
  }

  private void labels(Map<String, String> labels) {
    do {
      next();
      String name = word("[a-zA-Z_][a-zA-Z0-9_]*");
      assertEquals('=', next(), line);
      assertEquals('"', next(), line);
      StringBuilder value = new StringBuilder();
      for (char c = next(); c != '"'; c = next()) {
        value.append(c == '\\' ? escaped(next()) : c);
      }
      assertNull(labels.put(name, value.toString()), line);
    } while (peek() == ',');
    assertEquals('}', next(), line);
  }

  private char escaped(char c) {
    return switch (c) {
      case '\\', '"' -> c;
      case 'n' -> '\n';
      default -> throw new AssertionError("escape " + c + " in " + line);
    };
  }

  private String word(String pattern) {
    int from = at;
    while (at < line.length() && line.substring(from, at + 1).matches(pattern)) {
      at++;
    }
    assertTrue(at > from, "column " + at + " of " + line);
    return line.substring(from, at);
  }

  private char peek() {
    return at < line.length() ? line.charAt(at) : '\n';
  }

  private char next() {
    assertTrue(at < line.length(), "ends too early: " + line);
    return line.charAt(at++);
  }

  /** Accepts the part of Go's ParseFloat syntax that is written here. */
  private double number(String text) {
    if (text.equals("+Inf")) {
      return Double.POSITIVE_INFINITY;
    }
    assertTrue(text.matches("-?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?"), line);
    return Double.parseDouble(text);
  }

  private void histograms() {
    buckets.forEach(
        (series, list) -> {
          for (int i = 1; i < list.size(); i++) {
            assertTrue(list.get(i).le > list.get(i - 1).le, series);
            assertTrue(list.get(i).count >= list.get(i - 1).count, series);
          }
          assertEquals(Double.POSITIVE_INFINITY, list.getLast().le, series);
          String count = series.replace("|", "_count");
          assertEquals(list.getLast().count, samples.get(count), count);
          assertNotNull(samples.get(series.replace("|", "_sum")), series);
        });
  }
}
