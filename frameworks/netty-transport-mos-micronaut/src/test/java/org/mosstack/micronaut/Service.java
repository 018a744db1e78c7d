package org.mosstack.micronaut;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** What the tests' server has. */
@Controller
public class Service {
  private static final int CHUNK = 8 << 10;

  final CompletableFuture<Void> cancelled = new CompletableFuture<>();

  /** Answers on the loop. */
  @Get("/loop/{text}")
  @Produces(MediaType.TEXT_PLAIN)
  public String loop(String text) {
    return Thread.currentThread().getName() + " " + text;
  }

  /** Answers on another thread. */
  @Get("/worker/{text}")
  @Produces(MediaType.TEXT_PLAIN)
  @ExecuteOn(TaskExecutors.BLOCKING)
  public String worker(String text) {
    return Thread.currentThread().getName() + " " + text;
  }

  /** Sends back what it gets. */
  @Post(
      value = "/echo",
      consumes = MediaType.APPLICATION_OCTET_STREAM,
      produces = MediaType.APPLICATION_OCTET_STREAM)
  public byte[] echo(@Body byte[] body) {
    return body;
  }

  /** Sends until nobody wants it any more. */
  @Get(value = "/endless", produces = MediaType.APPLICATION_OCTET_STREAM)
  public Publisher<byte[]> endless() {
    return Flux.<byte[]>generate(sink -> sink.next(new byte[CHUNK]))
        .doOnCancel(() -> cancelled.complete(null));
  }
}
