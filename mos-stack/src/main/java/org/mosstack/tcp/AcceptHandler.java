package org.mosstack.tcp;

/** Told when a listener has connections to accept. */
@FunctionalInterface
public interface AcceptHandler {
  /**
   * Connections on this core wait for {@link TcpListener#accept(int)}. On the core's thread; called
   * once for each turn in which one was added.
   *
   * @param listener where they wait
   * @param core the core's index
   */
  void acceptable(TcpListener listener, int core);

  /**
   * Says which core is to serve the flow that a SYN begins; called for each. On the core's thread.
   * When it throws, or gives what is no core's index, that is counted and logged, and the flow is
   * served where it arrives.
   *
   * @param core the index of the core that the SYN arrived at
   * @return the same, as by default, or another's: the flow's packets are passed on to it then, by
   *     copy; both cores need a queue on the flow's device
   */
  default int servingCore(int core) {
    return core;
  }
}
