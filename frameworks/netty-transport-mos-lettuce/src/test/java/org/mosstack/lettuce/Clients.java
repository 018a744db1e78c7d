package org.mosstack.lettuce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.mosstack.testkit.program.Await;

/** A test's clients, whose resources they share; closing them ends the loops. */
final class Clients {
  static final int TIMEOUT_SECONDS = 10;

  final Recorder recorder = new Recorder();
  private final ClientResources resources =
      MosLettuce.configure(DefaultClientResources.builder(), recorder).build();
  private final List<AbstractRedisClient> clients = new ArrayList<>();

  RedisClient client(RedisURI uri) {
    uri.setTimeout(Duration.ofSeconds(TIMEOUT_SECONDS));
    return add(RedisClient.create(resources, uri));
  }

  RedisClusterClient cluster(RedisURI uri) {
    uri.setTimeout(Duration.ofSeconds(TIMEOUT_SECONDS));
    return add(RedisClusterClient.create(resources, uri));
  }

  private <C extends AbstractRedisClient> C add(C client) {
    clients.add(client);
    return client;
  }

  /** The classes of all channels so far. */
  Set<Class<?>> channelTypes() {
    return recorder.channels.stream().map(Object::getClass).collect(Collectors.toSet());
  }

  /** Shuts down the clients, which ends the loops; and the resources. */
  void close() throws InterruptedException {
    endClients();
    assertEquals(
        0, recorder.channels.stream().filter(channel -> channel.isOpen()).count(), "open channels");
    resources.shutdown(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(TIMEOUT_SECONDS * 1000L);
  }

  /** Shuts down the clients, and returns when the loops have ended. */
  void endClients() throws InterruptedException {
    clients.forEach(client -> client.shutdown(0, 5, TimeUnit.SECONDS));
    clients.clear();
    Await.until("the shared loops' end", TIMEOUT_SECONDS, () -> sharedLoops() == 0);
  }

  /** The shared stack's loops. */
  static long sharedLoops() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("mos-shared-"))
        .count();
  }
}
