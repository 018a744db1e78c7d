package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.program.Namespace;
import org.mosstack.testkit.program.Program;

/**
 * epserver without arguments, in an empty folder, and curl beside it: the first thing that a user
 * tries. It has a namespace, so that it is alone with 10.0.0.0/24.
 */
@DisplayName("epserver without arguments")
@KernelPeer
final class ReadyMadeIT extends ProgramChecks {
  private static final Duration TIME_TO_START = Duration.ofSeconds(60);

  /** The end of the line for every reason why it can't start. */
  private static final String WHAT_IT_IS =
      "; without -f and -c it starts /.*/conf/tap/server/mos\\.conf, as root"
          + " \\(sudo bin/epserver\\) and with DPDK \\(sudo bin/setup\\); bin/demo needs neither$";

  private Namespace machine;

  @BeforeEach
  void addMachine() throws IOException, InterruptedException {
    machine = testbed.addNamespace("machine");
  }

  @AfterEach
  void removeMachine() throws IOException, InterruptedException {
    testbed.removeNamespaces();
  }

  /** A second one is refused while the first one serves, which then leaves nothing behind. */
  @Test
  @Order(1)
  @DisplayName("curl on the same machine gets its page")
  void servesThisMachine() throws Exception {
    try (Program first = start(List.of())) {
      first.awaitLine("^epserver: try curl http://10\\.0\\.0\\.1/ on this machine", TIME_TO_START);
      String page = machine.run("curl -sS -m 20 http://10.0.0.1/");
      assertTrue(page.contains("<h1>It works</h1>"), page);
      refused("there is a kernel interface mos0 already, perhaps of the same program: .*");
      new Outcome(first, first.end()).assertExitCode(0).assertLine("^epserver: requests: 1, ");
    }
    assertFalse(machine.succeeds("ip link show mos0"), "mos0 is still there");
    assertArrayEquals(new String[0], work.path().toFile().list());
  }

  @Test
  @Order(2)
  @DisplayName("the network is taken")
  void networkTaken() throws Exception {
    machine.ip("address add 10.0.0.9/32 dev lo");
    refused(
        "this machine reaches 10\\.0\\.0\\.0/24, or a part of it, by its interface lo: choose"
            + " another network for the netdev line");
  }

  @Test
  @Order(3)
  @DisplayName("without privileges")
  void notRoot() throws Exception {
    refused(
        List.of("setpriv", "--bounding-set", "-net_admin"),
        "net_tap needs CAP_NET_ADMIN: run it as root, or give it that");
  }

  @Test
  @Order(4)
  @DisplayName("without /dev/net/tun")
  @Needs(Need.MOUNTS)
  void noTun() throws Exception {
    refused(
        List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev/net && exec \"$@\"", "sh"),
        "net_tap needs /dev/net/tun: modprobe tun makes it, .*");
  }

  private void refused(String why) throws Exception {
    refused(List.of(), why);
  }

  /** Asserts that it can't start by a command to whose end it is added, and says why in a line. */
  private void refused(List<String> command, String why) throws Exception {
    Outcome.of(start(command), TIME_TO_START)
        .assertExitCode(2)
        .assertOnlyLine("^epserver: dpdk0: .*" + why + WHAT_IT_IS);
  }

  private Program start(List<String> command) throws IOException {
    List<String> words = new ArrayList<>(command);
    words.addAll(work.words("epserver"));
    return work.start(machine.command(words));
  }
}
