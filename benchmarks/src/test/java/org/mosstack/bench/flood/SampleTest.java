package org.mosstack.bench.flood;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SampleTest {
  private static final Sample FIRST = new Sample(1_000_000_000_000L, 64, 3, 17, 5, 6, 7);
  private static final Sample SECOND = new Sample(1_000_000_000_100L, 65, 4, 18, 6, 7, 8);

  @Test
  void samplesAreReadAsTheyWereWrittenAmongOtherLines() {
    String text = "a warning\nready\n" + FIRST + "\nanother\n" + SECOND + "\n";
    assertEquals(List.of(FIRST, SECOND), Sample.read(text));
  }

  @Test
  void aLineThatIsStillBeingWrittenIsLeftOut() {
    String text = FIRST + "\n" + SECOND;
    assertEquals(List.of(FIRST), Sample.read(text.substring(0, text.length() - 3)));
    assertEquals(List.of(), Sample.read("sample 1"));
  }
}
