package org.mosstack.agent;

import java.util.concurrent.atomic.LongAdder;

/** Counts what moves and what stays. Any thread. */
public final class AgentCounts implements AgentCountsMBean {
  /** The name of the bean. */
  public static final String NAME = "org.mosstack:type=Agent";

  final LongAdder connectionsMoved = new LongAdder();
  final LongAdder connectionsLeft = new LongAdder();
  final LongAdder listenersMoved = new LongAdder();
  final LongAdder listenersLeft = new LongAdder();

  AgentCounts() {}

  @Override
  public long getConnectionsMoved() {
    return connectionsMoved.sum();
  }

  @Override
  public long getConnectionsLeft() {
    return connectionsLeft.sum();
  }

  @Override
  public long getListenersMoved() {
    return listenersMoved.sum();
  }

  @Override
  public long getListenersLeft() {
    return listenersLeft.sum();
  }
}
