package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.resteasy.plugins.server.netty.NettyJaxrsServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;

/** RESTEasy's server over Netty. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@SuppressWarnings({"deprecation", "removal"}) // of the server there is nothing else yet
class ResteasyIT {
  private static final int REQUESTS = 3000;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  /** Returns what is posted. */
  @Path("/echo")
  public static final class Echo {
    /** Returns the request's body. */
    @POST
    public byte[] echo(byte[] body) {
      return body;
    }
  }

  private static NettyJaxrsServer serve(int port) {
    NettyJaxrsServer server = new NettyJaxrsServer();
    server.setHostname("127.0.0.1");
    server.setPort(port);
    server.getDeployment().getActualResourceClasses().add(Echo.class);
    server.start();
    return server;
  }

  private static Mono<byte[]> echo(HttpClient client, byte[] body) {
    return client
        .post()
        .uri("/echo")
        .send(ByteBufFlux.fromInbound(Mono.just(body)))
        .responseContent()
        .aggregate()
        .asByteArray();
  }

  @Test
  void requestsSmallAndLargeAndAServersRestart() throws Exception {
    int port = Ports.free();
    NettyJaxrsServer server = serve(port);
    HttpClient client = HttpClient.create().host("127.0.0.1").port(port);
    Echoes.small(REQUESTS, body -> echo(client, body));
    Echoes.large(body -> echo(client, body));
    server.stop();
    NettyJaxrsServer next = serve(port);
    assertArrayEquals(Echoes.SMALL, echo(client, Echoes.SMALL).block(LIMIT));
    next.stop();
  }
}
