package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.netty.DpdkInstallation;

/**
 * A TAP device between a stack and this machine's kernel, for test methods with a {@code
 * java.net.Socket} at one end. Needs DPDK, root, {@code /dev/net/tun} and iproute2; tests that need
 * it are skipped elsewhere.
 */
final class KernelLink {
  /** A MAC address that no station has: hosts configured with it never answer. */
  private static final String NOBODY = "02:00:00:00:00:99";

  /** Each process has its own network, so that two can run at the same time. */
  private static final int NETWORK = (int) (ProcessHandle.current().pid() % 200);

  private static final String INTERFACE = "mos-suite" + NETWORK;
  private static final String STACK = "10.98." + NETWORK + ".1";
  private static final String KERNEL = "10.98." + NETWORK + ".2";

  /** Connecting to it times out, both from the kernel and from the stack. */
  static final String UNRESPONSIVE = "10.98." + NETWORK + ".99";

  private static KernelLink instance;

  private final MosStack stack;
  private final EventLoopGroup group;

  private KernelLink() throws IOException, InterruptedException {
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(1))
            .set(MosKeys.MAX_CONCURRENCY, 1000)
            .set(MosKeys.MAX_NUM_BUFFERS, 4096)
            .netdev("tap0 0x1 " + STACK + "/24 net_tap=iface=" + INTERFACE)
            .arp(UNRESPONSIVE + " " + NOBODY)
            .build();
    stack = MosStack.builder(config).allowOversubscribe(true).start();
    group = SuiteStack.group(stack);
    ip("address", "add", KERNEL + "/24", "dev", INTERFACE);
    ip("link", "set", INTERFACE, "up");
    ip("neighbour", "add", UNRESPONSIVE, "lladdr", NOBODY, "dev", INTERFACE, "nud", "permanent");
  }

  /** Returns the link, created on first use; skips the test if it can't be created. */
  static synchronized KernelLink get() {
    assumeTrue(
        Files.isWritable(Path.of("/dev/net/tun")),
        "/dev/net/tun isn't writable: run as root, after modprobe tun");
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "a TAP device needs root: sudo bin/test");
    assumeTrue(DpdkInstallation.isThere(), DpdkInstallation.MISSING);
    if (instance == null) {
      try {
        instance = new KernelLink();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException("no link to the kernel", e);
      }
    }
    return instance;
  }

  /** Returns the loops of the stack at this end. */
  EventLoopGroup group() {
    return group;
  }

  /** Returns the stack at this end. */
  MosStack stack() {
    return stack;
  }

  /** Returns an address of the stack, port 0. */
  static InetSocketAddress stackAddress() {
    return new InetSocketAddress(STACK, 0);
  }

  /** Returns an address of the kernel, port 0. */
  static InetSocketAddress kernelAddress() {
    return new InetSocketAddress(KERNEL, 0);
  }

  private static void ip(String... arguments) throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = "ip";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
  }
}
