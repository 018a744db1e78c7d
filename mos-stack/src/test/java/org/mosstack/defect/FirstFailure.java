package org.mosstack.defect;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs a {@link Suite} until a test fails, then reports it and exits the JVM with 1. Runs in a JVM
 * of its own, as a mistake can have any effect.
 */
final class FirstFailure implements TestExecutionListener {
  /** Prefix of the line that says which test failed. */
  static final String FOUND = "FOUND ";

  private long tests;

  private FirstFailure() {}

  /** Runs the suite named by the argument. */
  public static void main(String[] args) {
    Suite suite = Suite.valueOf(args[0]);
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(suite.packages.stream().map(DiscoverySelectors::selectPackage).toList())
            .filters(ClassNameFilter.includeClassNamePatterns(suite.classes))
            .build();
    FirstFailure listener = new FirstFailure();
    LauncherFactory.create().execute(request, listener);
    System.out.println(listener.tests + " tests");
    System.exit(0);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    tests += test.isTest() ? 1 : 0;
    if (result.getStatus() != TestExecutionResult.Status.FAILED) {
      return;
    }
    String message = result.getThrowable().map(Throwable::getMessage).orElse("");
    System.out.println(FOUND + name(test) + "\t" + firstLine(message));
    System.out.flush();
    Runtime.getRuntime().halt(1); // what hangs must not delay it
  }

  private static String name(TestIdentifier test) {
    return test.getSource()
        .map(
            source ->
                switch (source) {
                  case MethodSource m -> simple(m.getClassName()) + "." + m.getMethodName();
                  case ClassSource c -> simple(c.getClassName());
                  default -> test.getDisplayName();
                })
        .orElse(test.getDisplayName());
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }

  private static String firstLine(String message) {
    return message == null ? "" : message.lines().findFirst().orElse("");
  }
}
