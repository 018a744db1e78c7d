package org.mosstack.bench.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.mosstack.bench.Jvm;
import org.mosstack.bench.linux.Middle;
import org.mosstack.bench.linux.Relay;
import org.mosstack.bench.linux.TransferClient;
import org.mosstack.bench.linux.TransferServer;
import org.mosstack.testkit.program.Program;

/** Transfers between a client of the kernel's and two servers, the kernel's and this project's. */
final class LinuxScenario implements Scenario {
  private static final List<String> FLAGS = List.of("-XX:-BackgroundCompilation");

  @Override
  public List<Need> needs() {
    return List.of(Need.NFT, Need.ETHTOOL);
  }

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    transfers(run, "no delay", run.options().quick() ? 20 : 50, List.of());
    // It is the time that matters.
    transfers(run, "10 ms round trip, 100 Mbit/s", 20, List.of("5000", "100", "256"));
  }

  /**
   * Measures transfers over a link.
   *
   * @param relay the delay in microseconds, the megabits per second and the packets that wait at
   *     most, of a relay before the client; empty for none
   */
  private static void transfers(Run run, String link, int megabytes, List<String> relay)
      throws IOException, InterruptedException {
    run.say("linux, " + link + " ...");
    LinuxLink ends = LinuxLink.lay(run.testbed(), !relay.isEmpty());
    if (!relay.isEmpty()) {
      List<String> arguments = new ArrayList<>(List.of("far", "near", "1"));
      arguments.addAll(relay);
      List<String> command = Jvm.command(List.of(), Relay.class, arguments.toArray(String[]::new));
      run.serve(ends.relay().command(command));
    }
    Program ours = run.serve(ends.stack().command(ours()));
    Program theirs = run.serve(ends.kernel().command(theirs()));
    List<String> flags = List.of(run.figuresFlag());
    boolean quick = run.options().quick();
    List<String> client =
        Jvm.command(
            flags,
            TransferClient.class,
            link,
            Integer.toString(megabytes),
            quick ? "3" : "10",
            Integer.toString(run.options().runs(5, 1)),
            ends.middle().name(),
            quick ? "0,10" : "0,1,10,50",
            "Linux=" + Middle.KERNEL_ADDRESS + "=" + theirs.pid(),
            "this project=" + LinuxLink.STACK_ADDRESS + "=" + ours.pid());
    run.show(ends.client().command(Run.onCpu(1, client)));
    run.testbed().removeNamespaces();
  }

  private static List<String> ours() {
    return Jvm.command(
        FLAGS,
        TransferServer.class,
        LinuxLink.STACK_ADDRESS + "/24",
        LinuxLink.STACK_DEVICE,
        Integer.toString(LinuxLink.BUFFER_BYTES));
  }

  private static List<String> theirs() {
    return Run.onCpu(0, Jvm.command(FLAGS, TransferServer.class, "linux"));
  }
}
