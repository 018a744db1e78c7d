package org.mosstack.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * The ways in which epserver's start over DPDK can fail: exit code 2, and one line that says why.
 */
@Needs(Need.DPDK)
final class FailedStartIT extends ProgramChecks {
  private static final Duration TIME_TO_FAIL = Duration.ofSeconds(60);
  private static final String ONE_CORE = "0x1";
  private static final String TWO_CORES = "0x3";
  private static final Pattern EAL = Pattern.compile("(?m)=> (.*/librte_eal\\.so\\.2[3-6])$");

  private static final String CONFIGURATION =
      """
      application {
        type = end
        run = epserver
      }
      mos {
        %s
        netdev {
          dpdk0 %s 10.0.0.1/24 %s
        }
      }
      """;

  @Test
  @Order(1)
  @DisplayName("no such driver")
  void noDriver() throws Exception {
    assertRefused("net_nosuch=a=b", "dpdk0: .*no such driver.*net_nosuch");
  }

  @Test
  @Order(2)
  @DisplayName("no such interface")
  void noInterface() throws Exception {
    assertRefused("net_af_packet=iface=nosuch0", "there is no kernel interface nosuch0");
  }

  @Test
  @Order(3)
  @DisplayName("no such PCI device")
  void noPciDevice() throws Exception {
    assertRefused("pci=0000:ff:1f.7", "0000:ff:1f\\.7");
  }

  @Test
  @Order(4)
  @DisplayName("no port for the original's line")
  void noPort() throws Exception {
    assertRefused("", "the EAL found no port 0");
  }

  /** The kernel's loopback interface, with one ring, for two cores that want one each. */
  @Test
  @Order(5)
  @DisplayName("too few queues")
  @Needs(Need.RAW_SOCKETS)
  void fewQueues() throws Exception {
    write("", TWO_CORES, "net_af_packet=iface=lo,mtu=1500,qpairs=1,queues=2");
    assertRefused(
        epserver("memif2"),
        "dpdk0: .*: too few queues: the port has 1 to receive and 1 to transmit, 2 of each");
  }

  @Test
  @Order(6)
  @DisplayName("port busy")
  void busyPort() throws Exception {
    try (Epserver server = new MemifPair(work, "memif").serve()) {
      assertRefused(
          "net_memif=role=server,socket=run/memif.sock",
          "dpdk0: port busy: another process listens on the memif socket /.*/run/memif\\.sock");
      server.assertRunning();
    }
  }

  @Test
  @Order(7)
  @DisplayName("link never comes up")
  void noLink() throws Exception {
    assertRefused(
        "net_memif=role=client,socket=nobody.sock", "the link didn't come up within 10 s");
  }

  @Test
  @Order(8)
  @DisplayName("too few huge pages")
  void fewHugePages() throws Exception {
    write(
        "hugepages = 1\nmax_num_buffers = 16000000",
        ONE_CORE,
        "net_memif=role=server,socket=huge.sock");
    assertRefused(
        epserver("demo"), "hugepages: read \"1\", but [0-9]* MiB of huge pages are free of");
  }

  @Test
  @Order(9)
  @DisplayName("no permission")
  @Needs(Need.ROOT)
  void noPermission() throws Exception {
    write("", ONE_CORE, "net_af_packet=iface=lo");
    List<String> command = new ArrayList<>(List.of("setpriv", "--bounding-set", "-net_raw"));
    command.addAll(epserver("demo"));
    assertRefused(command, "net_af_packet needs CAP_NET_RAW");
  }

  @Test
  @Order(10)
  @DisplayName("no DPDK")
  @Needs({Need.ROOT, Need.MOUNTS})
  void noDpdk() throws Exception {
    write("", ONE_CORE, "net_memif=role=server");
    assertRefused(
        withoutDpdk(epserver("demo")), "DPDK isn't installed, .*; bin/setup installs DPDK");
  }

  /** A library of another release than those that are known. */
  @Test
  @Order(11)
  @DisplayName("another DPDK")
  @Needs({Need.ROOT, Need.MOUNTS, Need.GCC})
  void otherDpdk() throws Exception {
    Path source =
        work.write("old.c", "const char *rte_version(void) { return \"DPDK 21.11.0\"; }\n");
    testbed.run(
        "gcc -shared -fPIC -o", work.resolve("librte_eal.so.22").toString(), source.toString());
    write("", ONE_CORE, "net_memif=role=server");
    List<String> command = new ArrayList<>(List.of("env", "LD_LIBRARY_PATH=" + work.path()));
    command.addAll(withoutDpdk(epserver("demo")));
    assertRefused(
        command,
        Pattern.quote(
            "DPDK ABI 22 is not supported; supported are 23 (DPDK 22.11), 24 (23.11),"
                + " 25 (24.11) and 26 (25.11)"));
  }

  /** Asserts that epserver refuses a port, as mos.conf has it, on one core. */
  private void assertRefused(String port, String why) throws Exception {
    write("", ONE_CORE, port);
    assertRefused(epserver("demo"), why);
  }

  private void assertRefused(List<String> command, String why) throws Exception {
    Outcome.of(work.start(command), TIME_TO_FAIL).assertExitCode(2).assertOnlyLine(why);
  }

  private void write(String keys, String coreMask, String port) throws IOException {
    String few = "max_num_buffers = 1024";
    work.write("mos.conf", CONFIGURATION.formatted(keys.isEmpty() ? few : keys, coreMask, port));
  }

  /** Returns epserver's words, with the epserver.conf of a folder of conf. */
  private List<String> epserver(String conf) {
    String file = work.conf(conf).resolve("server/epserver.conf").toString();
    return work.words("epserver", "-f", "mos.conf", "-c", file);
  }

  /** Returns a command's words, to be run where the system's DPDK isn't to be seen. */
  private List<String> withoutDpdk(List<String> command) throws Exception {
    StringBuilder script = new StringBuilder();
    for (MatchResult library : EAL.matcher(testbed.run("ldconfig -p")).results().toList()) {
      Path file = Path.of(library.group(1)).toRealPath();
      script.append("mount --bind /dev/null ").append(file).append(" && ");
    }
    script.append("exec \"$@\"");
    List<String> words =
        new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", script.toString(), "sh"));
    words.addAll(command);
    return words;
  }
}
