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
}
