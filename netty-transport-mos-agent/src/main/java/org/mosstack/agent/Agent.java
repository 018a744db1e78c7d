package org.mosstack.agent;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import org.mosstack.config.ConfigException;

/**
 * The agent's entry points: {@code java -javaagent:netty-transport-mos-agent.jar=RULES}, with the
 * argument that {@code Rules} describes. The stack needs {@code
 * --enable-native-access=ALL-UNNAMED}.
 */
public final class Agent {
  private Agent() {}

  /**
   * Called by the JVM before the application starts. A rule that isn't allowed ends the process:
   * one line says what was read, and the exit code is 2.
   *
   * @param argument the rules; null for none
   */
  public static void premain(String argument, Instrumentation instrumentation) {
    try {
      start(argument, instrumentation);
    } catch (ConfigException e) {
      System.err.println(line(e.getMessage()));
      System.exit(ConfigException.EXIT_CODE);
    }
  }

  /**
   * Called by the JVM when the agent is attached to a process that runs: channels that are made
   * from then on move.
   *
   * @param argument the rules; null for none
   * @throws ConfigException if a rule isn't allowed, which a line says, too; the process goes on
   */
  public static void agentmain(String argument, Instrumentation instrumentation) {
    try {
      Movers movers = start(argument, instrumentation);
      if (movers != null) {
        movers.use(); // whoever waits for the bean knows then that all is in place
      }
    } catch (ConfigException e) {
      System.err.println(line(e.getMessage()));
      throw e;
    }
  }

  private static String line(String message) {
    return "netty-transport-mos-agent: " + message;
  }

  /** Puts everything in place; null if another agent has done that. */
  private static Movers start(String argument, Instrumentation instrumentation) {
    Rules rules = Rules.parse(argument);
    AgentLog log = new AgentLog();
    AgentCounts counts = new AgentCounts();
    Decisions decisions = new Decisions(rules, new SharedLease(log)::stack, counts, log);
    Movers movers = new Movers(decisions, log, () -> show(counts, log));
    if (!Hook.install(movers)) {
      System.err.println(line("it is there already, with its rules; these aren't used: " + rules));
      return null;
    }
    log.info("Netty's TCP channels move to the stack: " + rules);
    BootstrapTransformer transformer =
        new BootstrapTransformer(instrumentation, rules.shaded(), log);
    instrumentation.addTransformer(transformer, true);
    for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
      if (transformer.makesChannels(loaded.getName().replace('.', '/'))) {
        retransform(loaded, instrumentation, log);
      }
    }
    return movers;
  }

  /** Logs and counts where the application has set that up: not before there are channels. */
  private static void show(AgentCounts counts, AgentLog log) {
    log.open();
    if (ModuleLayer.boot().findModule("java.management").isPresent()) {
      CountsExport.register(counts, log);
    }
  }

  private static void retransform(Class<?> loaded, Instrumentation instrumentation, AgentLog log) {
    try {
      instrumentation.retransformClasses(loaded);
    } catch (UnmodifiableClassException | RuntimeException | LinkageError e) {
      log.warn("left alone: " + loaded.getName() + ", because of " + e);
    }
  }
}
