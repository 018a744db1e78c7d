package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class in which the agent has moved no connection: one of clients alone. */
class ConnectionsMoved implements BeforeAllCallback, AfterAllCallback {
  private long connections;

  @Override
  public void beforeAll(ExtensionContext context) throws JMException {
    connections = count("ConnectionsMoved");
  }

  @Override
  public void afterAll(ExtensionContext context) throws JMException {
    assertTrue(count("ConnectionsMoved") > connections, "no connection was the stack's");
  }

  static long count(String attribute) throws JMException {
    ObjectName agent = new ObjectName("org.mosstack:type=Agent");
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    // The agent's bean comes with the first channel.
    return beans.isRegistered(agent) ? (long) beans.getAttribute(agent, attribute) : 0;
  }
}
