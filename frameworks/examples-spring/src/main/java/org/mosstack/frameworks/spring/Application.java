package org.mosstack.frameworks.spring;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

/** Serves, and with {@code --once} has its own client ask its server, says what came and ends. */
@SpringBootApplication(proxyBeanMethods = false)
public class Application {
  /** Created by Spring. */
  public Application() {}

  /** Runs it. */
  public static void main(String[] arguments) {
    SpringApplication.run(Application.class, arguments);
  }

  @Bean
  @ConditionalOnBooleanProperty("once")
  ApplicationRunner once(OwnClient client, ApplicationContext context) {
    return _ -> {
      System.out.println(client.askAll().block());
      System.exit(SpringApplication.exit(context));
    };
  }
}
