package org.mosstack.netty;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.nio.NioIoHandle;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.mosstack.MosStack;
import org.mosstack.config.ConfigException;
import org.mosstack.socket.Endpoint;

/**
 * What goes to the kernel if {@value #PROPERTY} allows it: a connection to a peer that the shared
 * stack has no way to, so that a service with a sidecar on the machine's own loopback needn't tell
 * its channels apart; and everything, on a machine where the shared stack doesn't start.
 */
final class KernelFallback {
  /** The system property: true or false, the default. */
  static final String PROPERTY = "mos.fallback";

  private static final InternalLogger logger =
      InternalLoggerFactory.getInstance(KernelFallback.class);

  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private KernelFallback() {}

  /**
   * Whether it does, which is logged the first time.
   *
   * @param loop the channel's
   * @throws ConfigException if the property is neither
   */
  static boolean isMeant(MosStack stack, InetSocketAddress remote, EventLoop loop) {
    if (!stack.isShared() || !isOn() || stack.reaches(Endpoint.of(remote))) {
      return false;
    }
    if (!(loop instanceof IoEventLoop io && io.isCompatible(NioIoHandle.class))) {
      return false; // a loop that serves no sockets that we know how to open
    }
    if (TOLD.compareAndSet(false, true)) {
      logger.info(
          "Connections that the shared stack has no way for go to the kernel ({}=true), the first"
              + " one to {}",
          PROPERTY,
          remote);
    }
    return true;
  }

  /**
   * Something on the shared stack; null if that doesn't start, which is logged.
   *
   * @throws ConfigException if it doesn't start and may not be replaced, or the property is neither
   * @throws UnsatisfiedLinkError likewise, where the transport isn't available
   */
  static <T> T started(Supplier<T> start) {
    boolean mayFail = isOn();
    try {
      Mos.ensureAvailability();
      return start.get();
    } catch (ConfigException | UnsatisfiedLinkError | IllegalStateException e) {
      if (!mayFail) {
        throw e;
      }
      Throwable reason = e.getCause() == null || e instanceof ConfigException ? e : e.getCause();
      logger.warn("The kernel serves instead of the shared stack: {}", reason.getMessage());
      return null;
    }
  }

  private static boolean isOn() {
    String text = System.getProperty(PROPERTY, "false").strip();
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new ConfigException(
              PROPERTY + ": read \"" + text + "\", allowed: true or false, the default");
    };
  }
}
