package org.mosstack.spring;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServerRequest;

/** An application as any other: a controller, and a client. */
@SpringBootConfiguration
@EnableAutoConfiguration
@RestController
class App {
  static final Duration LIMIT = Duration.ofSeconds(60);

  final Set<Channel> serverChannels = ConcurrentHashMap.newKeySet();
  final Set<Channel> clientChannels = ConcurrentHashMap.newKeySet();
  final CountDownLatch eventsCancelled = new CountDownLatch(1);
  final CountDownLatch slowBegun = new CountDownLatch(1);
  final Sinks.One<String> slowAnswer = Sinks.one();

  /** Starts it, with properties that win over the file's. */
  static ConfigurableApplicationContext start(String... properties) {
    String[] arguments = Stream.of(properties).map("--"::concat).toArray(String[]::new);
    return SpringApplication.run(App.class, arguments);
  }

  /** A client of its server, as the application has them. */
  static WebClient client(ConfigurableApplicationContext context) {
    return client(context, "http://127.0.0.1:", "local.server.port");
  }

  static WebClient client(ConfigurableApplicationContext context, String base, String port) {
    return context
        .getBean(WebClient.Builder.class)
        .baseUrl(base + context.getEnvironment().getRequiredProperty(port))
        .build();
  }

  static Mono<String> get(WebClient client, String uri, Object... variables) {
    return client.get().uri(uri, variables).retrieve().bodyToMono(String.class);
  }

  @Bean
  @Order(1)
  ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> remembering() {
    return builder ->
        builder.withHttpClientCustomizer(
            client -> client.doOnConnected(c -> clientChannels.add(c.channel())));
  }

  @GetMapping("/hello/{n}")
  String hello(@PathVariable("n") int n, ServerHttpRequest request) {
    HttpServerRequest server = ServerHttpRequestDecorator.getNativeRequest(request);
    server.withConnection(connection -> serverChannels.add(connection.channel()));
    return "hello " + n;
  }

  @PostMapping(value = "/echo", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
  Flux<DataBuffer> echo(@RequestBody Flux<DataBuffer> body) {
    return body;
  }

  @GetMapping(value = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<String> events() {
    return Flux.<String>generate(sink -> sink.next("event")).doOnCancel(eventsCancelled::countDown);
  }

  @GetMapping("/block")
  String block() {
    try {
      return "blocked: " + Mono.never().block(LIMIT);
    } catch (IllegalStateException e) {
      return "refused: " + e.getMessage();
    }
  }

  @GetMapping("/slow")
  Mono<String> slow() {
    slowBegun.countDown();
    return slowAnswer.asMono();
  }
}
