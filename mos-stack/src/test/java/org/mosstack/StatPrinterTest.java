package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.mosstack.device.NetDevice;
import org.mosstack.report.CoreFigures;
import org.mosstack.report.StatPrinter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** The lines that tools written for the original read. */
class StatPrinterTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private static NetDevice device(StackPair pair) {
    return pair.server.devices().getFirst();
  }

  private StatPrinter printer(StackPair pair) {
    List<CoreFigures> cores = List.of(pair.server.core(0).figures(), pair.server.core(1).figures());
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new StatPrinter(cores, new int[] {0, 12}, List.of(device(pair)), stream);
  }

  @Test
  void linesOfASecond() throws IOException {
    try (StackPair pair = StackPair.tapped(2, 1)) {
      StatPrinter printer = printer(pair);
      pair.server.core(1).connect(Endpoints.of(StackPair.CLIENT_ADDRESS, 9), new QuietHandler());
      pair.server.core(1).flush();
      printer.lines(1);
      pair.server.core(0).ports().counters(device(pair)).received(1_234_567, 1_000_000_000L);
      pair.server.core(0).ports().counters(device(pair)).receiveErrors(40, 1, 1);
      pair.server.core(0).ports().counters(device(pair)).sent(7, 700);
      pair.server.core(1).ports().counters(device(pair)).sent(2_000_000, 128_000_000L);
      String expected =
          """
          [CPU 0] dpdk0 flows:      0, RX: 1234567(pps) (err:    42),  8.24(Gbps), \
          TX:       7(pps),  0.00(Gbps)
          [CPU12] dpdk0 flows:      1, RX:       0(pps) (err:     0),  0.00(Gbps), \
          TX: 2000000(pps),  1.41(Gbps)
          [ ALL ] dpdk0, RX: 1234567(pps) (err:    42),  8.24(Gbps), \
          TX: 2000007(pps),  1.41(Gbps)
          [ ALL ] flows:      1
          """;
      assertEquals(expected, printer.lines(1));
    }
  }

  /** Each call reports the time since the one before, per second. */
  @Test
  void ratesArePerSecondAndDifferences() {
    try (StackPair pair = StackPair.tapped(2, 2)) {
      StatPrinter printer = printer(pair);
      printer.lines(1);
      pair.server.core(0).ports().counters(device(pair)).received(3000, 300_000);
      String busy = printer.lines(2);
      assertEquals(
          "[ ALL ] dpdk0, RX:    1500(pps) (err:     0),  0.00(Gbps), TX:       0(pps), "
              + " 0.00(Gbps)",
          busy.lines().toList().get(2));
      String idle = printer.lines(1);
      assertEquals(
          "[ ALL ] dpdk0, RX:       0(pps) (err:     0),  0.00(Gbps), TX:       0(pps), "
              + " 0.00(Gbps)",
          idle.lines().toList().get(2));
    }
  }

  /** The first second without a packet is told, and the next one with some. */
  @Test
  void idleSecondsAreNotRepeated() {
    try (StackPair pair = StackPair.tapped(2, 4)) {
      StatPrinter printer = printer(pair);
      printer.lines(1);
      assertEquals("", printer.lines(1));
      pair.server.core(0).ports().counters(device(pair)).received(3000, 300_000);
      assertEquals(4, printer.lines(1).lines().count());
      assertEquals(4, printer.lines(1).lines().count());
      assertEquals("", printer.lines(1));
      pair.server.core(1).ports().counters(device(pair)).receiveErrors(1, 0, 0);
      assertEquals(4, printer.lines(1).lines().count());
    }
  }

  /** A peer that went away, or isn't there yet, is told once, and its coming too. */
  @Test
  void aLinkThatGoesDown() {
    try (StackPair pair = StackPair.tapped(2, 5)) {
      AtomicBoolean up = new AtomicBoolean(true);
      NetDevice device =
          (NetDevice)
              Proxy.newProxyInstance(
                  NetDevice.class.getClassLoader(),
                  new Class<?>[] {NetDevice.class},
                  (_, method, arguments) ->
                      method.getName().equals("linkUp")
                          ? up.get()
                          : method.invoke(device(pair), arguments));
      List<CoreFigures> cores = List.of(pair.server.core(0).figures());
      PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
      StatPrinter printer = new StatPrinter(cores, new int[] {0}, List.of(device), stream);
      assertEquals(3, printer.lines(1).lines().count());
      up.set(false);
      assertEquals("dpdk0: link down\n", printer.lines(1));
      assertEquals("", printer.lines(1));
      up.set(true);
      assertEquals("dpdk0: link up\n", printer.lines(1));
    }
  }

  /** A decimal comma would break every tool that reads the lines. */
  @Test
  void doNotDependOnTheLanguage() {
    Locale before = Locale.getDefault();
    try (StackPair pair = StackPair.tapped(2, 3)) {
      String english = printer(pair).lines(1);
      Locale.setDefault(Locale.GERMANY);
      assertEquals(english, printer(pair).lines(1));
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals(english, printer(pair).lines(1));
    } finally {
      Locale.setDefault(before);
    }
  }
}
