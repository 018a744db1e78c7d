package org.mosstack.frameworks.spring;

import org.springframework.core.env.Environment;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Asks the application's server. */
@Component
class OwnClient {
  private static final int REQUESTS = 500;
  private static final int AT_A_TIME = 20;
  private static final int CHUNKS = 160;
  private static final int CHUNK_BYTES = 64 << 10;

  private final WebClient.Builder clients;
  private final Environment environment;

  OwnClient(WebClient.Builder clients, Environment environment) {
    this.clients = clients;
    this.environment = environment;
  }

  private WebClient client() {
    String port = environment.getRequiredProperty("local.server.port");
    return clients.clone().baseUrl("http://127.0.0.1:" + port).build();
  }

  /** Many requests, and 10 MB in each direction; then a line that says how much came. */
  Mono<String> askAll() {
    WebClient client = client();
    Mono<Long> answers =
        Flux.range(0, REQUESTS).flatMap(_ -> channel(client), AT_A_TIME).distinct().count();
    return Mono.zip(channel(client), answers, echo(client))
        .map(
            got -> got.getT1() + " of " + got.getT2() + " kinds, echoed " + got.getT3() + " bytes");
  }

  private static Mono<String> channel(WebClient client) {
    return client.get().uri("/channel").retrieve().bodyToMono(String.class);
  }

  private static Mono<Long> echo(WebClient client) {
    Flux<DataBuffer> body =
        Flux.range(0, CHUNKS)
            .map(_ -> DefaultDataBufferFactory.sharedInstance.wrap(new byte[CHUNK_BYTES]));
    return client
        .post()
        .uri("/echo")
        .body(body, DataBuffer.class)
        .retrieve()
        .bodyToFlux(DataBuffer.class)
        .map(OwnClient::consume)
        .reduce(0L, Long::sum);
  }

  private static long consume(DataBuffer buffer) {
    long bytes = buffer.readableByteCount();
    DataBufferUtils.release(buffer);
    return bytes;
  }
}
