package org.mosstack.examples;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers of bytes: {@code 1500}, {@code 64k}, {@code 1m}, {@code 1g}; a k has 1024. */
public final class SizeConverter implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,10})([kmgKMG]?)");
  private static final Map<String, Integer> SHIFT = Map.of("", 0, "k", 10, "m", 20, "g", 30);

  /** A converter, for picocli to create. */
  public SizeConverter() {}

  @Override
  public Long convert(String text) {
    Matcher size = SIZE.matcher(text);
    if (size.matches()) {
      int shift = SHIFT.get(size.group(2).toLowerCase(Locale.ROOT));
      long number = Long.parseLong(size.group(1));
      if (number <= Long.MAX_VALUE >> shift) {
        return number << shift;
      }
    }
    throw new TypeConversionException(
        "read \"" + text + "\", allowed: a number of bytes, such as 1500, 64k, 1m or 1g");
  }
}
