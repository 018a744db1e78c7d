package org.mosstack.socket;

/** Notified when a listener has connections to accept. */
@FunctionalInterface
public interface AcceptHandler {
  /**
   * Called when connections on this core wait for {@link TcpListener#accept(int)}: on the core's
   * thread, once per turn in which one was added.
   *
   * @param listener the listener they wait on
   * @param core the core's index
   */
  void acceptable(TcpListener listener, int core);

  /**
   * Returns the core that is to serve the flow opened by a SYN; called for each SYN, on the core's
   * thread. An exception, or a result that isn't a core's index, is counted and logged, and the
   * flow is served where it arrives.
   *
   * @param core the index of the core that the SYN arrived at
   * @return the same index (the default), or that of another core, to which the flow's packets are
   *     then copied; both cores need a queue on the flow's device
   */
  default int servingCore(int core) {
    return core;
  }
}
