package org.mosstack.netty.suite;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.mosstack.netty.Quiescence;

/** Fails a class of Netty's suite that leaves a connection, a timer or a packet buffer behind. */
public final class SuiteQuiescence implements AfterAllCallback {
  /** Made by JUnit. */
  public SuiteQuiescence() {}

  @Override
  public void afterAll(ExtensionContext context) {
    if (context.getRequiredTestClass().getPackage().equals(getClass().getPackage())) {
      Quiescence.awaitNoConnections(SuiteStack.group());
      Quiescence.awaitNoBuffers(SuiteStack.group());
    }
  }
}
