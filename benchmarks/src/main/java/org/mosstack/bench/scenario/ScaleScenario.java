package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mosstack.bench.scale.CoreModel;
import org.mosstack.testkit.program.Testbed;

/** The stack alone with many connections; many cores by a model fed with the measured cost. */
final class ScaleScenario implements Scenario {
  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    Path outcome = run.file("jmh.json");
    List<String> arguments = new ArrayList<>(List.of("StackBenchmark.requestResponse"));
    arguments.addAll(
        Testbed.words(
            run.options().quick() ? "-f 1 -wi 2 -w 1 -i 2 -r 1" : "-f 3 -wi 3 -w 1 -i 3 -r 1"));
    arguments.addAll(Testbed.words("-foe true -p connections=1,100,10000,100000,1000000"));
    arguments.addAll(List.of("-jvmArgsAppend", "-Xms6g -Xmx6g -XX:+UseParallelGC"));
    arguments.addAll(List.of("-rf", "json", "-rff", outcome.toString()));
    run.jmh(arguments);
    run.figures(CoreModel.of(outcome));
  }
}
