package org.mosstack.bench.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A benchmark that runs by JMH, over this project and over what it is compared with.
 *
 * @param benchmark its class
 * @param parameters of the benchmark, as JMH's options
 * @param quickParameters more of them, for a quick run
 * @param quickIterations fewer iterations for a quick run, as JMH's options
 * @param beside transports that are measured less thoroughly, and not at all in a quick run; empty
 *     for none
 */
record JmhScenario(
    String benchmark,
    List<String> parameters,
    List<String> quickParameters,
    List<String> quickIterations,
    String beside)
    implements Scenario {
  private static final String COMPARED = "MOS,MOS_MEMIF,EPOLL,EPOLL_BUSY,IO_URING";
  private static final String FAR = "MOS_FAR_SERVER,MOS_FAR_CLIENT,MOS_SEPARATE";
  private static final String LARGE_PACKETS = "MOS_LARGE_PACKETS";
  private static final List<String> LESS = List.of("-wi", "15", "-i", "2");
  private static final List<String> DOWN_ONLY = List.of("-p", "upload=false");
  private static final List<String> BESIDE_FORKS = List.of("-f", "2");

  static final JmhScenario REQUESTS =
      new JmhScenario("Requests", List.of(), List.of(), LESS, FAR + ",NIO,LOCAL");
  static final JmhScenario CONNECTIONS =
      new JmhScenario("Connections", List.of(), List.of("-p", "atOnce=64"), LESS, FAR);
  static final JmhScenario BULK =
      new JmhScenario("Bulk", List.of("-p", "bytes=65536"), DOWN_ONLY, List.of(), LARGE_PACKETS);
  static final JmhScenario LARGE =
      new JmhScenario("Bulk", List.of("-p", "bytes=1048576"), DOWN_ONLY, List.of(), LARGE_PACKETS);
  static final JmhScenario MIXED = new JmhScenario("Mixed", List.of(), List.of(), LESS, "");

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    compare(run, COMPARED, arguments(run.options()));
    if (!beside.isEmpty() && !run.options().quick()) {
      List<String> arguments = new ArrayList<>(parameters);
      arguments.addAll(BESIDE_FORKS);
      compare(run, beside, arguments);
    }
  }

  /** Returns JMH's options for what is compared. */
  List<String> arguments(Options options) {
    List<String> arguments = new ArrayList<>(parameters);
    if (options.forks() != null || options.quick()) {
      arguments.add("-f");
      arguments.add(Integer.toString(options.runs(1, 1)));
    }
    if (options.quick()) {
      arguments.addAll(quickIterations);
      arguments.addAll(quickParameters);
    }
    return arguments;
  }

  private void compare(Run run, String transports, List<String> options)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    arguments.add(pattern(benchmark));
    arguments.addAll(List.of("-p", "transport=" + transports));
    arguments.addAll(options);
    arguments.addAll(List.of("-foe", "true", "-jvmArgsAppend", run.figuresFlag()));
    String first = transports.split(",")[0];
    arguments.addAll(List.of("-rf", "json", "-rff", run.file("jmh-" + first + ".json").toString()));
    run.jmh(arguments);
  }

  /** Returns what JMH finds a benchmark of these by. */
  static String pattern(String benchmark) {
    return "compare\\." + benchmark + "\\.";
  }
}
