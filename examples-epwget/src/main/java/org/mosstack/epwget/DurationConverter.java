package org.mosstack.epwget;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads times as wrk takes them: {@code 10}, {@code 2.5s}, {@code 1m}, {@code 2h}. */
public final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)([smh]?)");
  private static final Map<String, Long> UNIT_SECONDS =
      Map.of("", 1L, "s", 1L, "m", 60L, "h", 3600L);

  /** For picocli. */
  public DurationConverter() {}

  /**
   * Checks a time that may not be 0.
   *
   * @param option what its value was read of
   * @param time the value
   * @return the same
   * @throws IllegalArgumentException if it is 0; the message is one line for the user
   */
  public static Duration aboveZero(String option, Duration time) {
    if (time.isZero()) {
      throw new IllegalArgumentException(option + ": read 0, allowed: more than 0");
    }
    return time;
  }

  @Override
  public Duration convert(String text) {
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      throw new TypeConversionException(
          "read \"" + text + "\", allowed: seconds, or a number with s, m or h, such as 10s");
    }
    BigDecimal seconds =
        new BigDecimal(time.group(1)).multiply(BigDecimal.valueOf(UNIT_SECONDS.get(time.group(2))));
    long nanos = seconds.remainder(BigDecimal.ONE).movePointRight(9).longValue();
    return Duration.ofSeconds(seconds.longValue(), nanos);
  }
}
