package org.mosstack.spring;

import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Passes an application's {@code mos.conf} and {@code mos.fallback} on to the shared stack, which
 * knows them as system properties: before there is any bean, as whichever uses the stack first
 * starts it, and until the last bean is destroyed. System properties that are there already win, as
 * they do in Spring's environment.
 */
final class StackSettings implements ApplicationContextInitializer<ConfigurableApplicationContext> {
  private static final String CONF = MosProperties.PREFIX + ".conf";
  private static final String FALLBACK = MosProperties.PREFIX + ".fallback";

  /** Created by Spring. */
  StackSettings() {}

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    MosProperties properties =
        Binder.get(context.getEnvironment())
            .bind(MosProperties.PREFIX, MosProperties.class)
            .orElse(MosProperties.NONE);
    if (!properties.enabled()) {
      return;
    }
    List<String> added = new ArrayList<>();
    add(CONF, properties.conf(), added);
    add(FALLBACK, properties.fallback(), added);
    removeAtTheEnd(added, context);
  }

  private static void add(String name, Object value, List<String> added) {
    if (value != null && System.getProperty(name) == null) {
      System.setProperty(name, value.toString());
      added.add(name);
    }
  }

  /** What is registered first is destroyed last. */
  private static void removeAtTheEnd(List<String> added, ConfigurableApplicationContext context) {
    DisposableBean remove = () -> added.forEach(System::clearProperty);
    if (context.getBeanFactory() instanceof DefaultSingletonBeanRegistry beans) {
      beans.registerDisposableBean(StackSettings.class.getName(), remove);
    }
  }
}
