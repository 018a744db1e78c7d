package org.mosstack.netty.suite;

import io.netty.channel.Channel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
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
      closeChannels();
      Quiescence.awaitNoConnections(SuiteStack.group());
      Quiescence.awaitNoBuffers(SuiteStack.group());
    }
  }

  private static void closeChannels() {
    for (EventExecutor executor : SuiteStack.group()) {
      SingleThreadEventLoop loop = (SingleThreadEventLoop) executor;
      loop.submit(() -> loop.registeredChannelsIterator().forEachRemaining(Channel::close))
          .syncUninterruptibly();
    }
  }
}
