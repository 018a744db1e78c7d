package org.mosstack.epserver;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;

/**
 * Waits for SIGINT, SIGTERM or SIGHUP, in place of the JVM's own handling: the program goes on,
 * ends in its own order, and chooses its exit code, which a shutdown hook can't. A signal that was
 * ignored when the JVM started, as SIGHUP under nohup, stays ignored.
 *
 * <p>The first signal leaves all of them to the system again, so that a second one ends the program
 * at once, without the JVM's shutdown hooks.
 */
final class StopSignal {
  private static final String[] NAMES = {"INT", "TERM", "HUP"};

  private final CountDownLatch arrived = new CountDownLatch(1);

  /**
   * Starts to catch the signals.
   *
   * @return false when this JVM leaves signals to the system ({@code -Xrs}): they then end the
   *     program without a summary
   */
  boolean install() {
    try {
      // By reflection, because the compiler warns of these classes and that can't be switched off.
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object byDefault = handlerType.getField("SIG_DFL").get(null);
      Object handler =
          Proxy.newProxyInstance(
              StopSignal.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      handle(byDefault);
                      arrived.countDown();
                      yield null;
                    }
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> "StopSignal";
                  });
      handle(handler);
      return true;
    } catch (ReflectiveOperationException _) {
      return false;
    }
  }

  /** Waits for a signal. */
  void await() throws InterruptedException {
    arrived.await();
  }

  private static void handle(Object handler) throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Method handle = signalType.getMethod("handle", signalType, handlerType);
    for (String name : NAMES) {
      handle.invoke(null, signalType.getConstructor(String.class).newInstance(name), handler);
    }
  }
}
