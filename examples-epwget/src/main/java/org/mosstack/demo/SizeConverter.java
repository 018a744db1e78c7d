package org.mosstack.demo;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes of files: {@code 1500}, {@code 64k}, {@code 1m}, {@code 1g}; a k has 1024 bytes. */
final class SizeConverter implements ITypeConverter<Integer> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,10})([kmgKMG]?)");
  private static final Map<String, Integer> SHIFT = Map.of("", 0, "k", 10, "m", 20, "g", 30);
  private static final long MAX = 1 << 30;

  @Override
  public Integer convert(String text) {
    Matcher size = SIZE.matcher(text);
    if (size.matches()) {
      int shift = SHIFT.get(size.group(2).toLowerCase(Locale.ROOT));
      long number = Long.parseLong(size.group(1));
      if (number <= MAX >> shift) {
        return (int) (number << shift);
      }
    }
    throw new TypeConversionException(
        "read \"" + text + "\", allowed: 0 to 1g bytes, such as 1500, 64k or 1m");
  }
}
