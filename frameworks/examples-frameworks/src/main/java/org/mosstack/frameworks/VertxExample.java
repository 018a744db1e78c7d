package org.mosstack.frameworks;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import org.mosstack.vertx.MosTransport;

/** A Vert.x HTTP server, two instances, and its client on the stack that a process shares. */
public final class VertxExample {
  private static final int INSTANCES = 2;
  private static final int PORT = 8080;

  private VertxExample() {}

  /** Greets the one named by the path. */
  private static final class Greeter extends AbstractVerticle {
    @Override
    public void start(Promise<Void> started) {
      vertx
          .createHttpServer()
          .requestHandler(
              request -> request.response().end("Hello, " + request.path().substring(1)))
          .listen(PORT, "127.0.0.1")
          .<Void>mapEmpty()
          .onComplete(started);
    }
  }

  /**
   * Greets, and prints the greetings.
   *
   * @param args names
   */
  public static void main(String[] args) {
    Vertx vertx = Vertx.builder().withTransport(new MosTransport()).build();
    Future<?> done =
        vertx.deployVerticle(Greeter::new, new DeploymentOptions().setInstances(INSTANCES));
    HttpClient client = vertx.createHttpClient();
    for (String name : args) {
      done =
          done.compose(any -> client.request(HttpMethod.GET, PORT, "127.0.0.1", "/" + name))
              .compose(request -> request.send())
              .compose(HttpClientResponse::body)
              .map(Buffer::toString)
              .onSuccess(System.out::println);
    }
    done.eventually(client::close).await();
    vertx.close().await();
  }
}
