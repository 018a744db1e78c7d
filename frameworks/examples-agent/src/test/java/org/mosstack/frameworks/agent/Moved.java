package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class in which the agent has moved no connection and no listener. */
final class Moved implements BeforeAllCallback, AfterAllCallback {
  private long connections;
  private long listeners;

  @Override
  public void beforeAll(ExtensionContext context) throws JMException {
    connections = count("ConnectionsMoved");
    listeners = count("ListenersMoved");
  }

  @Override
  public void afterAll(ExtensionContext context) throws JMException {
    assertTrue(count("ConnectionsMoved") > connections, "no connection was the stack's");
    assertTrue(count("ListenersMoved") > listeners, "no listener was the stack's");
  }

  /** The agent's bean is there once it has seen a channel. */
  private static long count(String attribute) throws JMException {
    ObjectName agent = new ObjectName("org.mosstack:type=Agent");
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    return beans.isRegistered(agent) ? (long) beans.getAttribute(agent, attribute) : 0;
  }
}
