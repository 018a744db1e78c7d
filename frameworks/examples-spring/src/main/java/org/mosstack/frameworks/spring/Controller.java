package org.mosstack.frameworks.spring;

import java.util.concurrent.atomic.AtomicReference;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** What the application serves. */
@RestController
class Controller {
  private final OwnClient client;

  Controller(OwnClient client) {
    this.client = client;
  }

  /** The name of the connection's class, which only Netty knows. */
  @GetMapping("/channel")
  String channel(ServerHttpRequest request) {
    AtomicReference<String> name = new AtomicReference<>();
    ServerHttpRequestDecorator.<HttpServerRequest>getNativeRequest(request)
        .withConnection(connection -> name.set(connection.channel().getClass().getName()));
    return name.get();
  }

  @PostMapping(value = "/echo", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
  Flux<DataBuffer> echo(@RequestBody Flux<DataBuffer> body) {
    return body;
  }

  /** Has the application's own client ask. */
  @GetMapping("/ask")
  Mono<String> ask() {
    return client.askAll();
  }
}
