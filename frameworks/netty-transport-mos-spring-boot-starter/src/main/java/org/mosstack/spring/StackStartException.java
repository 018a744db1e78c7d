package org.mosstack.spring;

import org.mosstack.config.ConfigException;
import org.springframework.boot.ExitCodeGenerator;

/** The shared stack can't be started, and with it the application. */
final class StackStartException extends RuntimeException implements ExitCodeGenerator {
  private static final long serialVersionUID = 1L;

  /**
   * An exception with its cause's message.
   *
   * @param cause a {@link ConfigException}, or that the transport isn't available
   */
  StackStartException(Throwable cause) {
    super(
        cause instanceof ConfigException || cause.getCause() == null
            ? cause.getMessage()
            : cause.getCause().getMessage(),
        cause);
  }

  @Override
  public int getExitCode() {
    return ConfigException.EXIT_CODE;
  }
}
