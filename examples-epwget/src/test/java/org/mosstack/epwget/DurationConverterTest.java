package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationConverterTest {
  private final DurationConverter converter = new DurationConverter();

  @ParameterizedTest
  @CsvSource({
    "0, PT0S",
    "10, PT10S",
    "10s, PT10S",
    "2.5, PT2.5S",
    "0.000000001s, PT0.000000001S",
    "1m, PT1M",
    "0.5h, PT30M",
    "999999999h, PT999999999H"
  })
  void times(String text, Duration time) {
    assertEquals(time, converter.convert(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "s", "-1", "+1", "1 s", "1ms", "1S", ".5", "1.", "1e3", "1000000000", "١"})
  void nothingElse(String text) {
    assertThrows(TypeConversionException.class, () -> converter.convert(text));
  }

  @Test
  void theMessageSaysWhatIsAllowed() {
    Exception e = assertThrows(TypeConversionException.class, () -> converter.convert("soon"));
    assertEquals(
        "read \"soon\", allowed: seconds, or a number with s, m or h, such as 10s", e.getMessage());
  }
}
