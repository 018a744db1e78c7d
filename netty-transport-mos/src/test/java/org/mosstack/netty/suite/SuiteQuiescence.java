package org.mosstack.netty.suite;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.mosstack.netty.Quiescence;

/**
 * Fails a class of Netty's suite if a connection, a timer or a packet buffer is left after it. Some
 * classes leave channels open, which are closed here first.
 */
public final class SuiteQuiescence implements AfterAllCallback {
  /** Created by JUnit. */
  public SuiteQuiescence() {}

  @Override
  public void afterAll(ExtensionContext context) {
    if (context.getRequiredTestClass().getPackage().equals(getClass().getPackage())) {
      Quiescence.closeChannels(SuiteStack.stack());
      Quiescence.closeChannels(SuiteStack.group());
      Quiescence.awaitNoConnections(SuiteStack.stack());
      Quiescence.awaitNoBuffers(SuiteStack.stack());
    }
  }
}
