package org.mosstack.sim;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --scenario} of several commands. */
final class ScenarioOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = {
        "What happens to the connections; more than once for several, which take turns (default:"
            + " all): ${COMPLETION-CANDIDATES}."
      },
      completionCandidates = ScenarioNames.class)
  private List<String> names = List.of();

  /** The values of --scenario. */
  private static final class ScenarioNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Scenario.values()).map(Scenario::id).iterator();
    }
  }

  /**
   * Returns the named scenarios, or all.
   *
   * @throws ParameterException if a name isn't a scenario's
   */
  List<Scenario> scenarios() {
    return names.isEmpty()
        ? List.of(Scenario.values())
        : names.stream().map(this::scenario).toList();
  }

  private Scenario scenario(String name) {
    Scenario found = Scenario.of(name);
    if (found == null) {
      throw new ParameterException(
          spec.commandLine(), "--scenario: read \"" + name + "\", allowed: " + Scenario.ids());
    }
    return found;
  }
}
