package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Three servers of the same files, one core each, and their clients on the other. */
final class MacroScenario implements Scenario {
  private static final List<Integer> SIZES = List.of(64, 8192, 65_536);
  private static final List<Integer> QUICK_SIZES = List.of(64, 65_536);

  @Override
  public List<Need> needs() {
    return List.of(Need.NGINX, Need.WRK);
  }

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    boolean quick = run.options().quick();
    List<Integer> sizes = quick ? QUICK_SIZES : SIZES;
    int runs = quick ? 1 : 3;
    int seconds = quick ? 2 : 3;
    Path www = Files.createDirectory(run.file("www"));
    for (int size : sizes) {
      Files.write(www.resolve(size + ".bin"), new byte[size]);
    }
    StackServer stack = new StackServer(run, www, sizes, seconds);
    KernelServers kernel = new KernelServers(run, www, sizes, seconds);
    for (int i = 1; i <= runs; i++) {
      run.say("macro, run " + i + " of " + runs + " ...");
      stack.measure();
      kernel.measure();
    }
  }

  /** Returns the title of a table. */
  static String table(int size) {
    return "Files of " + size + " bytes, 64 connections";
  }
}
