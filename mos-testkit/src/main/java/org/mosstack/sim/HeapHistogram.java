package org.mosstack.sim;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;

/** The objects on the heap, by class, as counted by the JVM after a full collection. */
public final class HeapHistogram {
  private HeapHistogram() {}

  /** Objects of one class. */
  public record Entry(long instances, long bytes) {
    private static final Entry NONE = new Entry(0, 0);

    private Entry minus(Entry other) {
      return new Entry(instances - other.instances, bytes - other.bytes);
    }
  }

  /** Counts the live objects. */
  public static Map<String, Entry> take() {
    String text;
    try {
      text =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "gcClassHistogram",
                      new Object[] {new String[0]},
                      new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new AssertionError("this JVM has no gcClassHistogram", e);
    }
    Map<String, Entry> entries = new TreeMap<>();
    for (String line : text.split("\n")) {
      String[] words = line.strip().split("\\s+");
      if (words.length >= 4 && words[0].endsWith(":")) { // "1:  1234  56789  class.Name (module)"
        entries.put(words[3], new Entry(Long.parseLong(words[1]), Long.parseLong(words[2])));
      }
    }
    return entries;
  }

  /** Returns the growth in the stack's classes and arrays of them. */
  static Map<String, Entry> growth(Map<String, Entry> before, Map<String, Entry> after) {
    Map<String, Entry> growth = new TreeMap<>();
    after.forEach(
        (name, entry) -> {
          Entry more = entry.minus(before.getOrDefault(name, Entry.NONE));
          if (more.bytes != 0 && name.contains("org.mosstack.") && !name.contains(".sim.")) {
            growth.put(name, more);
          }
        });
    return growth;
  }

  /** Returns the bytes of the live objects of one class, of which there are some. */
  public static long bytes(String name) {
    return take().get(name).bytes();
  }

  static long total(Map<String, Entry> entries) {
    return entries.values().stream().mapToLong(Entry::bytes).sum();
  }
}
