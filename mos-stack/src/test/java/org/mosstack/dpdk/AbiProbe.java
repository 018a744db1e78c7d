package org.mosstack.dpdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a C compiler what the installed DPDK headers say: numbers by name. */
final class AbiProbe {
  private static final long TIMEOUT_SECONDS = 120;

  private static final String HEAD =
      """
      #include <stddef.h>
      #include <stdio.h>
      #include <string.h>
      #include <rte_ethdev.h>
      #include <rte_interrupts.h>
      #include <rte_mbuf.h>
      #include <rte_mempool.h>
      #include <rte_version.h>

      #define NUMBER(name, value) printf("%s %lld\\n", name, (long long)(value))

      /* Bit fields have no offsetof: set one in a struct of zeros, and look for the byte. */
      static size_t first_byte_set(const void *object, size_t size) {
        const unsigned char *bytes = object;
        size_t i = 0;
        while (i < size && bytes[i] == 0)
          i++;
        return i;
      }

      static int byte_set(const void *object, size_t size) {
        return ((const unsigned char *)object)[first_byte_set(object, size)];
      }

      int main(void) {
        struct rte_eth_link up;
        struct rte_mbuf l3, l4, segsz, tx;
        memset(&up, 0, sizeof(up));
        memset(&l3, 0, sizeof(l3));
        memset(&l4, 0, sizeof(l4));
        memset(&segsz, 0, sizeof(segsz));
        memset(&tx, 0, sizeof(tx));
        up.link_status = RTE_ETH_LINK_UP;
        l3.l3_len = 1;
        l4.l4_len = 1;
        segsz.tso_segsz = 1;
        tx.l2_len = 127;
        tx.l3_len = 60;
        tx.ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM;
      """;

  private final StringBuilder program = new StringBuilder(HEAD);

  /** Asks for the value of a C expression: a constant, or one of the variables of main. */
  void number(String name, String expression) {
    program.append("  NUMBER(\"%s\", %s);\n".formatted(name, expression));
  }

  /** Asks for a member's offset, and for its size under the name from {@link #width}. */
  void member(String name, String struct, String member) {
    number(name, "offsetof(struct %s, %s)".formatted(struct, member));
    number(width(name), "sizeof(((struct %s *)0)->%s)".formatted(struct, member));
  }

  /** Returns the name under which a member's size is found. */
  static String width(String name) {
    return name + "/width";
  }

  /**
   * Returns the compiler flags for the installed headers; empty if they or the tools are missing.
   */
  static Optional<List<String>> flags(Path directory) {
    boolean tools = output(directory, List.of("gcc", "--version")).isPresent();
    return output(directory, List.of("pkg-config", "--cflags", "libdpdk"))
        .filter(_ -> tools)
        .map(flags -> List.of(flags.strip().split("\\s+")));
  }

  /**
   * Compiles the program in a directory and runs it.
   *
   * @param flags from {@link #flags}
   * @return the numbers asked for, by name
   * @throws AssertionError if it doesn't compile or run; the compiler's output is in probe.log
   */
  Map<String, Long> run(Path directory, List<String> flags) {
    write(directory.resolve("probe.c"), program + "  return 0;\n}\n");
    List<String> compile = new ArrayList<>(List.of("gcc", "-w", "-o", "probe", "probe.c"));
    compile.addAll(flags);
    Map<String, Long> numbers = new LinkedHashMap<>();
    output(directory, compile).orElseThrow(() -> failure(directory));
    output(directory, List.of(directory.resolve("probe").toString()))
        .orElseThrow(() -> failure(directory))
        .lines()
        .map(line -> line.split(" "))
        .forEach(words -> numbers.put(words[0], Long.valueOf(words[1])));
    return numbers;
  }

  private static AssertionError failure(Path directory) {
    return new AssertionError("the probe failed:\n" + read(directory.resolve("probe.log")));
  }

  /** Returns what a command printed; empty if it doesn't exist or fails. */
  private static Optional<String> output(Path directory, List<String> command) {
    Path output = directory.resolve("probe.out");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectOutput(output.toFile())
              .redirectError(directory.resolve("probe.log").toFile())
              .start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " took more than " + TIMEOUT_SECONDS + " s");
      }
      return process.exitValue() == 0 ? Optional.of(read(output)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // no such command
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
