package org.mosstack.defect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The mistakes that bin/mutate makes can still be made; otherwise it would test nothing. */
class DefectTest {
  private static final Path SOURCES = Path.of("src/main/java/org/mosstack");

  @Test
  void eachStandsInTheSourceOnce() throws IOException {
    List<Defect> defects = Defect.read(Path.of("src/test/defects/defects.txt"));
    assertTrue(defects.size() >= 15, defects.size() + " only");
    assertEquals(defects.size(), defects.stream().map(Defect::name).distinct().count());
    for (Defect defect : defects) {
      String source = Files.readString(SOURCES.resolve(defect.file()));
      assertNotEquals(source, defect.apply(source), defect.name());
    }
  }

  @Test
  void blanksDoNotMatter() throws IOException {
    Defect defect = new Defect("a", "b", "c", "if (x) { y();", "z();");
    assertEquals("1 z(); 2", defect.apply("1 if (x) {\n      y(); 2"));
    assertThrows(IOException.class, () -> defect.apply("if (x) y();"));
    assertThrows(IOException.class, () -> defect.apply("if (x) { y(); if (x) { y();"));
  }
}
