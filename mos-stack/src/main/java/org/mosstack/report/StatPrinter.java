package org.mosstack.report;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.mosstack.device.NetDevice;
import org.mosstack.stats.DeviceCounters;

/**
 * Prints what each core sent and received on the devices of {@code stat_print}, every second, in
 * the original's format; and when their links go down or come back. Of seconds in which nothing
 * moves only the first is printed. Runs on a thread of its own, which only reads counters.
 */
public final class StatPrinter {
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final double BITS_PER_BYTE = 8;

  /** Link overhead per frame: preamble, start delimiter, checksum and gap (IEEE 802.3). */
  private static final int WIRE_OVERHEAD_BYTES = 24;

  private final List<CoreFigures> cores;
  private final int[] cpus;
  private final List<Device> devices = new ArrayList<>();
  private final PrintStream out;
  private final Thread thread;
  private volatile boolean stopped;
  private boolean idle;

  /** A device, and what was last told of it. */
  private static final class Device {
    private final NetDevice device;
    private final Reading[] before;
    private boolean linkUp = true; // as long as nothing else was said

    Device(NetDevice device, int cores) {
      this.device = device;
      before = new Reading[cores];
      Arrays.fill(before, Reading.ZERO);
    }
  }

  private record Reading(
      long rxPackets, long rxErrors, long rxBytes, long txPackets, long txBytes) {
    static final Reading ZERO = new Reading(0, 0, 0, 0, 0);

    static Reading of(DeviceCounters c) {
      return c == null
          ? ZERO
          : new Reading(c.rxPackets(), c.rxErrors(), c.rxBytes(), c.txPackets(), c.txBytes());
    }

    Reading minus(Reading o) {
      return new Reading(
          rxPackets - o.rxPackets,
          rxErrors - o.rxErrors,
          rxBytes - o.rxBytes,
          txPackets - o.txPackets,
          txBytes - o.txBytes);
    }

    Reading plus(Reading o) {
      return new Reading(
          rxPackets + o.rxPackets,
          rxErrors + o.rxErrors,
          rxBytes + o.rxBytes,
          txPackets + o.txPackets,
          txBytes + o.txBytes);
    }

    String text(double seconds) {
      return String.format(
          Locale.ROOT,
          "RX: %7d(pps) (err: %5d), %5.2f(Gbps), TX: %7d(pps), %5.2f(Gbps)",
          Math.round(rxPackets / seconds),
          rxErrors,
          gbps(rxBytes, rxPackets, seconds),
          Math.round(txPackets / seconds),
          gbps(txBytes, txPackets, seconds));
    }

    private static double gbps(long bytes, long packets, double seconds) {
      return (bytes + packets * WIRE_OVERHEAD_BYTES) * BITS_PER_BYTE / seconds / 1e9;
    }
  }

  /**
   * Creates a printer; {@link #start} starts it.
   *
   * @param cpus CPU number of each core, for its lines
   */
  public StatPrinter(
      List<CoreFigures> cores, int[] cpus, List<NetDevice> printed, PrintStream out) {
    this.cores = cores;
    this.cpus = cpus;
    this.out = out;
    for (NetDevice device : printed) {
      devices.add(new Device(device, cores.size()));
    }
    thread = Thread.ofPlatform().name("mos-stat-print").daemon().unstarted(this::run);
  }

  /** Starts printing. */
  public void start() {
    thread.start();
  }

  /** Stops printing; the thread ends soon. */
  public void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    long last = System.nanoTime();
    while (!stopped) {
      LockSupport.parkNanos(this, last + SECOND_NANOS - System.nanoTime());
      long now = System.nanoTime();
      if (!stopped && now - last >= SECOND_NANOS) {
        out.print(lines((now - last) / (double) SECOND_NANOS));
        last = now;
      }
    }
  }

  /** The lines for the time since the last call; none if nothing has moved for longer. */
  public String lines(double seconds) {
    StringBuilder links = new StringBuilder();
    StringBuilder figures = new StringBuilder();
    int flows = 0;
    for (CoreFigures core : cores) {
      flows += core.flows().getAsInt();
    }
    boolean moved = false;
    for (Device d : devices) {
      if (d.device.linkUp() != d.linkUp) {
        d.linkUp = !d.linkUp;
        links.append(
            String.format(Locale.ROOT, "%s: link %s%n", d.device.name(), d.linkUp ? "up" : "down"));
      }
      moved |= figures(d, seconds, figures);
    }
    boolean wasIdle = idle;
    idle = !moved;
    if (idle && wasIdle) {
      return links.toString();
    }
    figures.append(String.format(Locale.ROOT, "[ ALL ] flows: %6d%n", flows));
    return links.append(figures).toString();
  }

  /** Writes a device's figures, and returns whether one of them has changed. */
  private boolean figures(Device d, double seconds, StringBuilder text) {
    Reading total = Reading.ZERO;
    for (int i = 0; i < cores.size(); i++) {
      Reading now = Reading.of(cores.get(i).device().apply(d.device));
      Reading delta = now.minus(d.before[i]);
      d.before[i] = now;
      total = total.plus(delta);
      text.append(
          String.format(
              Locale.ROOT,
              "[CPU%2d] %s flows: %6d, %s%n",
              cpus[i],
              d.device.name(),
              cores.get(i).flows().getAsInt(),
              delta.text(seconds)));
    }
    text.append(
        String.format(Locale.ROOT, "[ ALL ] %s, %s%n", d.device.name(), total.text(seconds)));
    return !total.equals(Reading.ZERO);
  }
}
