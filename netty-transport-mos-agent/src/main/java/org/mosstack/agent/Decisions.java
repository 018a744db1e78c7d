package org.mosstack.agent;

import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.mosstack.MosStack;

/**
 * Decides, by the rules, for each address whether the stack has it, and counts and logs that. All
 * that the Netty-facing part needs of the agent. Any thread.
 */
public final class Decisions {
  /** How many addresses a dry run names. */
  private static final int MAX_NAMED = 100;

  private final Rules rules;
  private final Supplier<MosStack> stack;
  private final AgentCounts counts;
  private final AgentLog log;
  private final AtomicBoolean connectTold = new AtomicBoolean();
  private final AtomicBoolean bindTold = new AtomicBoolean();
  private final Set<String> named = ConcurrentHashMap.newKeySet();

  /** Ports at which the process would listen on the stack, in a dry run. */
  private final Set<Integer> wouldListen = ConcurrentHashMap.newKeySet();

  /**
   * Decisions by rules.
   *
   * @param stack the stack; null if there is none
   */
  Decisions(Rules rules, Supplier<MosStack> stack, AgentCounts counts, AgentLog log) {
    this.rules = rules;
    this.stack = stack;
    this.counts = counts;
    this.log = log;
  }

  /** The stack, which is started by the first call; null if that isn't possible. */
  public MosStack stack() {
    return stack.get();
  }

  /** Whether channels are to stay as they are, and each decision is to be logged. */
  public boolean isDryRun() {
    return rules.isDryRun();
  }

  /**
   * Says which peers of a channel are the stack's.
   *
   * @param channel the name of the channel's class
   * @param stack the stack
   */
  public Predicate<InetSocketAddress> connects(String channel, MosStack stack) {
    return remote ->
        told(
            rules.connect(remote, peer -> stack.reaches(peer) || isServed(remote)),
            () -> channel + " to " + text(remote),
            connectTold,
            counts.connectionsMoved,
            counts.connectionsLeft);
  }

  /** Whether it is the process itself that would have the connection, in a dry run. */
  private boolean isServed(InetSocketAddress remote) {
    return wouldListen.contains(remote.getPort()) && remote.getAddress().isLoopbackAddress();
  }

  /** Says that the process would listen at a port, as the kernel has it, in a dry run. */
  public void wouldListen(int port) {
    wouldListen.add(port);
  }

  /**
   * Says on which addresses a channel is to listen on the stack.
   *
   * @param channel the name of the channel's class
   * @param stack the stack
   */
  public Predicate<InetSocketAddress> binds(String channel, MosStack stack) {
    return local ->
        told(
            rules.bind(local, stack::isLocal),
            () -> channel + " on " + text(local),
            bindTold,
            counts.listenersMoved,
            counts.listenersLeft);
  }

  private boolean told(
      Verdict verdict, Supplier<String> what, AtomicBoolean told, LongAdder moved, LongAdder left) {
    (verdict.onStack() ? moved : left).increment();
    if (rules.isDryRun()) {
      name(verdict, what);
    } else if (verdict.onStack() && told.compareAndSet(false, true)) {
      log.info(
          "moved: " + what.get() + ", " + verdict.reason() + "; further ones are only counted");
    }
    return verdict.onStack();
  }

  private void name(Verdict verdict, Supplier<String> what) {
    String would = verdict.onStack() ? " would move, " : " would stay, ";
    if (named.size() < MAX_NAMED && named.add(what.get())) {
      log.info("dryrun: " + what.get() + would + verdict.reason());
    }
  }

  private static String text(InetSocketAddress address) {
    return address.isUnresolved()
        ? address.getHostString() + ":" + address.getPort()
        : address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  /**
   * Says, once, that channels stay as they are.
   *
   * @param which the class of the channels
   * @param why the reason, as a part of the sentence
   */
  public void leave(String which, String why) {
    log.info("left to the kernel: " + which + ", " + why);
  }
}
