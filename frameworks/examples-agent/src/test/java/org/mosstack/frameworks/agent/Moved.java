package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import javax.management.JMException;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class in which the agent has moved no connection and no listener. */
final class Moved extends ConnectionsMoved {
  private long listeners;

  @Override
  public void beforeAll(ExtensionContext context) throws JMException {
    super.beforeAll(context);
    listeners = count("ListenersMoved");
  }

  @Override
  public void afterAll(ExtensionContext context) throws JMException {
    super.afterAll(context);
    assertTrue(count("ListenersMoved") > listeners, "no listener was the stack's");
  }
}
