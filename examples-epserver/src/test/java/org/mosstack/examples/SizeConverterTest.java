package org.mosstack.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class SizeConverterTest {
  private final SizeConverter converter = new SizeConverter();

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1500, 1500",
    "64k, 65536",
    "64K, 65536",
    "1m, 1048576",
    "1g, 1073741824",
    "2G, 2147483648"
  })
  void sizes(String text, long bytes) {
    assertEquals(bytes, converter.convert(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "-1", "1.5m", "64kb", "1t", "99999999999", "9999999999g"})
  void nothingElse(String text) {
    Exception e = assertThrows(TypeConversionException.class, () -> converter.convert(text));
    assertEquals(
        "read \"" + text + "\", allowed: a number of bytes, such as 1500, 64k, 1m or 1g",
        e.getMessage());
  }
}
