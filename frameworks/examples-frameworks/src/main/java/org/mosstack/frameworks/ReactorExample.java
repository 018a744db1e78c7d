package org.mosstack.frameworks;

import org.mosstack.MosStack;
import org.mosstack.reactor.MosLoopResources;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** A Reactor Netty HTTP server and its client over one stack. */
public final class ReactorExample {
  private ReactorExample() {}

  /**
   * Greets, and prints the greetings.
   *
   * @param args names
   */
  public static void main(String[] args) {
    MosStack stack = Stacks.loopback(2);
    LoopResources loops = new MosLoopResources(stack);
    DisposableServer server =
        HttpServer.create()
            .runOn(loops)
            .host("127.0.0.1")
            .port(0)
            .route(
                routes ->
                    routes.get(
                        "/{name}",
                        (request, response) ->
                            response.sendString(Mono.just("Hello, " + request.param("name")))))
            .bindNow();
    HttpClient client =
        HttpClient.create() //
            .runOn(loops)
            .remoteAddress(server::address);
    for (String name : args) {
      System.out.println(
          client.get().uri("/" + name).responseContent().aggregate().asString().block());
    }
    server.disposeNow();
    loops.disposeLater().block();
  }
}
