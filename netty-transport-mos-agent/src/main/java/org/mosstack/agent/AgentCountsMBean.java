package org.mosstack.agent;

/** What a process's agent has done so far, for JMX: {@value AgentCounts#NAME}. Any thread. */
public interface AgentCountsMBean {
  /** Connections that were begun on the stack; in a dry run, those that would have been. */
  long getConnectionsMoved();

  /** Connections that were left to the kernel, of channels that could have moved. */
  long getConnectionsLeft();

  /** Listeners that were bound on the stack; in a dry run, those that would have been. */
  long getListenersMoved();

  /** Listeners that were left to the kernel, of channels that could have moved. */
  long getListenersLeft();
}
