package org.mosstack.interop;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What checks need of the machine, and the command that brings it. */
enum Need {
  ROOT(() -> "root".equals(System.getProperty("user.name")), "needs root: sudo bin/test"),
  DPDK(() -> hasDpdk("3-6"), "DPDK is missing: bin/setup"),
  /** A release whose TAP driver refuses MTUs above 1500; where it carries them, that is checked. */
  DPDK_22_11(() -> !hasDpdk("4-6"), Needs.ANOTHER_CHECK),
  /** A release whose TAP driver carries them. */
  DPDK_23_11(() -> hasDpdk("4-6"), Needs.ANOTHER_CHECK),
  IP("ip", "iproute2"),
  /** What net_af_packet needs of whoever starts it. */
  RAW_SOCKETS(Need::opensRawSockets, "needs CAP_NET_RAW: sudo bin/test"),
  NAMESPACES(
      Need::makesNamespaces, "network namespaces can't be made here: docker run --privileged"),
  MOUNTS(Need::mounts, "files can't be hidden by mounts here: docker run --privileged"),
  ETHTOOL("ethtool", "ethtool"),
  CURL("curl", "curl"),
  PING("ping", "iputils-ping"),
  WRK("wrk", "wrk"),
  NFT("nft", "nftables"),
  GCC("gcc", "gcc"),
  NGINX("nginx", "nginx-light"),
  TSHARK("tshark", "tshark"),
  DUMPCAP("dumpcap", "tshark"),
  TCPDUMP("tcpdump", "tcpdump");

  private static final Pattern EFFECTIVE_CAPABILITIES = Pattern.compile("CapEff:\\s*([0-9a-f]+)");

  /** The number of a capability (linux/capability.h). */
  private static final int CAP_NET_RAW = 13;

  private final BooleanSupplier met;

  /** What is missing, and the command that brings it. */
  final String remedy;

  Need(String program, String debianPackage) {
    this(() -> hasProgram(program), program + " is missing: apt-get install " + debianPackage);
  }

  Need(BooleanSupplier met, String remedy) {
    this.met = met;
    this.remedy = remedy;
  }

  /** Returns whether the machine has it. */
  boolean isMet() {
    return met.getAsBoolean();
  }

  private static boolean hasProgram(String name) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
  }

  private static boolean hasDpdk(String abis) {
    Pattern library = Pattern.compile("librte_eal\\.so\\.2[" + abis + "]");
    return library.matcher(output("ldconfig", "-p")).find();
  }

  private static boolean makesNamespaces() {
    String name = "mos-" + ProcessHandle.current().pid() + "-try";
    return output("ip", "netns", "add", name).isEmpty()
        && output("ip", "netns", "delete", name).isEmpty();
  }

  private static boolean mounts() {
    return output("unshare", "--mount", "mount", "--bind", "/dev/null", "/dev/null").isEmpty();
  }

  /** Returns whether a program that is started from here has the capability. */
  private static boolean opensRawSockets() {
    Matcher effective = EFFECTIVE_CAPABILITIES.matcher(output("cat", "/proc/self/status"));
    return effective.find()
        && (Long.parseUnsignedLong(effective.group(1), 16) >> CAP_NET_RAW & 1) != 0;
  }

  private static String output(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
