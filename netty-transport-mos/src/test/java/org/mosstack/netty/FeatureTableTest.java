package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/epoll-features.md covers each of epoll's options, and the tests it names exist. */
class FeatureTableTest {
  private static final Path ROOT = Path.of("..");
  private static final Path TABLE = ROOT.resolve("docs/epoll-features.md");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)(?:\\.(\\w+))?`");

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyOptionOfEpollHasAnAnswer() {
    String table = read(TABLE);
    List<String> missing = new ArrayList<>();
    for (Class<?> options : List.of(EpollChannelOption.class, UnixChannelOption.class)) {
      for (Field field : options.getDeclaredFields()) {
        if (field.getType() == ChannelOption.class
            && !table.contains("`" + field.getName() + "`")) {
          missing.add(field.getName());
        }
      }
    }
    new MosSocketChannel()
        .config()
        .getOptions()
        .keySet()
        .forEach(
            option -> {
              String name = option.name().replaceFirst(".*#", "");
              if (!table.contains("`" + name + "`") && !name.startsWith("WRITE_BUFFER_")) {
                missing.add(name);
              }
            });
    assertEquals(List.of(), missing);
  }

  @Test
  void everyFigureOfEpollHasAnAnswer() throws ReflectiveOperationException {
    String table = read(TABLE);
    List<String> leftOut = List.of("fackets");
    for (Method method : EpollTcpInfo.class.getDeclaredMethods()) {
      assertTrue(table.contains("`" + method.getName() + "`"), method.getName());
      if (!leftOut.contains(method.getName())) {
        assertEquals(
            method.getReturnType(),
            MosTcpInfo.class.getDeclaredMethod(method.getName()).getReturnType(),
            method.getName());
      }
    }
  }

  @Test
  void theTestsThatItNamesExist() throws IOException {
    List<Path> sources;
    try (Stream<Path> files = Files.walk(ROOT)) {
      sources = files.filter(f -> f.getFileName().toString().endsWith("Test.java")).toList();
    }
    List<String> missing = new ArrayList<>();
    for (MatchResult named : TEST.matcher(read(TABLE)).results().toList()) {
      boolean exists =
          sources.stream()
              .filter(f -> f.getFileName().toString().equals(named.group(1) + ".java"))
              .anyMatch(
                  f -> named.group(2) == null || read(f).contains("void " + named.group(2) + "("));
      if (!exists) {
        missing.add(named.group());
      }
    }
    assertEquals(List.of(), missing);
  }
}
