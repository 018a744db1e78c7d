package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Draws the packages and who uses whom, from the rules that {@link ArchitectureTest} enforces, and
 * compares that with {@code docs/architecture.svg}. After a change of the rules, {@code
 * -Dpicture.write=true} writes the file anew.
 */
class ArchitecturePictureTest {
  private static final Path FILE = Path.of("../docs/architecture.svg");
  private static final int BOX_WIDTH = 210;
  private static final int BOX_HEIGHT = 44;
  private static final int COLUMN = 236;
  private static final int ROW = 92;
  private static final int MARGIN = 20;

  private final Map<String, Room> rooms = new HashMap<>();
  private final Map<String, Integer> heights = new HashMap<>();
  private int rows;

  @Test
  void isDrawnFromTheRules() throws IOException {
    for (Room room : Room.ALL) {
      for (String used : room.uses()) {
        assertTrue(rooms.containsKey(used), room.name() + " uses " + used + ", listed later");
      }
      rooms.put(room.name(), room);
      int height = room.uses().stream().mapToInt(used -> heights.get(used) + 1).max().orElse(0);
      heights.put(room.name(), height);
      rows = Math.max(rows, height);
    }
    String svg = draw();
    if (Boolean.getBoolean("picture.write")) {
      Files.writeString(FILE, svg);
    }
    assertEquals(Files.readString(FILE), svg, "run with -Dpicture.write=true");
  }

  /** What is used and isn't used by anything else that is used, too. */
  private Set<String> direct(Room room) {
    Set<String> direct = new HashSet<>(room.uses());
    for (String used : room.uses()) {
      direct.removeAll(all(rooms.get(used)));
    }
    return direct;
  }

  private Set<String> all(Room room) {
    Set<String> all = new HashSet<>(room.uses());
    room.uses().forEach(used -> all.addAll(all(rooms.get(used))));
    return all;
  }

  private String draw() {
    int width =
        Room.ALL.stream().mapToInt(room -> x(room)).max().orElseThrow() + BOX_WIDTH + MARGIN;
    int height = 2 * MARGIN + rows * ROW + BOX_HEIGHT;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">
        <title>The packages of mos-stack: an arrow leads to what is used</title>
        <defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8"
        markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#667"/></marker></defs>
        <rect width="100%%" height="100%%" fill="white"/>
        """
            .formatted(width, height));
    for (Room room : Room.ALL) {
      direct(room).stream().sorted().map(rooms::get).forEach(used -> arrow(svg, room, used));
    }
    for (Room room : Room.ALL) {
      box(svg, room);
    }
    return svg.append("</svg>\n").toString();
  }

  private static int x(Room room) {
    return MARGIN + (int) (room.column() * COLUMN);
  }

  private int y(Room room) {
    return MARGIN + (rows - heights.get(room.name())) * ROW;
  }

  private void arrow(StringBuilder svg, Room from, Room to) {
    if (to.uses().isEmpty()) {
      return; // everything uses these
    }
    int x1 = x(from) + BOX_WIDTH / 2;
    int y1 = y(from) + BOX_HEIGHT;
    int x2 = x(to) + BOX_WIDTH / 2;
    int y2 = y(to);
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%d,%d C%d,%d %d,%d %d,%d\" fill=\"none\" stroke=\"#99a\""
                + " marker-end=\"url(#tip)\"/>%n",
            x1,
            y1,
            x1,
            y1 + ROW / 2,
            x2,
            y2 - ROW / 2,
            x2,
            y2));
  }

  private void box(StringBuilder svg, Room room) {
    int x = x(room);
    int y = y(room);
    boolean exported = ExportsTest.EXPORTED.contains(room.packageName());
    svg.append(
        """
        <rect x="%d" y="%d" width="%d" height="%d" rx="5" fill="%s" stroke="#445"/>
        <text x="%d" y="%d" text-anchor="middle" font-size="14" font-weight="bold">%s</text>
        <text x="%d" y="%d" text-anchor="middle" font-size="12">%s</text>
        """
            .formatted(
                x,
                y,
                BOX_WIDTH,
                BOX_HEIGHT,
                exported ? "#dce9f7" : "#f4f4f0",
                x + BOX_WIDTH / 2,
                y + 18,
                room.name().isEmpty() ? "org.mosstack" : room.name(),
                x + BOX_WIDTH / 2,
                y + 35,
                room.holds()));
  }
}
