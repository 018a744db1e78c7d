package org.mosstack.interop;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs checks of the programs, and prints a line for each: what bin/test-programs starts. */
final class Checks {
  private static final int FAILED = 1;
  private static final int WRONG_ARGUMENTS = 2;

  private Checks() {}

  /** Runs the parts that are named, or all; exits the JVM with 1 if a check failed. */
  public static void main(String[] names) {
    endWithParent();
    for (String name : names) {
      if (parts().noneMatch(part -> part.isMeantBy(name))) {
        String allowed = parts().map(Part::toString).collect(Collectors.joining(" "));
        System.err.println(
            "test-programs: read \"" + name + "\", allowed: demo dpdk peers " + allowed);
        System.exit(WRONG_ARGUMENTS);
      }
    }
    List<String> wanted = List.of(names);
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                parts()
                    .filter(part -> wanted.isEmpty() || wanted.stream().anyMatch(part::isMeantBy))
                    .map(part -> DiscoverySelectors.selectClass(part.checks))
                    .toList())
            .build();
    CheckPrinter printer = new CheckPrinter(System.out);
    Runtime.getRuntime().addShutdownHook(new Thread(printer::stop));
    LauncherFactory.create().execute(request, printer);
    System.exit(printer.hasFailed() ? FAILED : 0);
  }

  private static Stream<Part> parts() {
    return Arrays.stream(Part.values());
  }

  /** A script that is killed takes nothing along by itself. */
  private static void endWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(FAILED)));
  }
}
