package org.mosstack.lettuce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.ConnectException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.config.ConfigException;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.testkit.program.Testbed;

/** A server on the machine's own loopback, which the stack has no way to. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FallbackTest {
  private static final String CONFIGURATION = "mos.conf";
  private static final String FALLBACK = "mos.fallback";
  private static final int PORT = 26_399;

  private static Testbed testbed;
  private static RedisServer server;

  private final Clients clients = new Clients();

  @BeforeAll
  static void start() throws Exception {
    Needs.redis();
    testbed = new Testbed("mos-lettuce");
    server = new RedisServer(testbed, "127.0.0.1", PORT).start();
  }

  @AfterAll
  static void end() {
    if (testbed != null) {
      testbed.close();
    }
  }

  @AfterEach
  void closeClients() throws InterruptedException {
    System.clearProperty(CONFIGURATION);
    System.clearProperty(FALLBACK);
    clients.close();
  }

  private void countsFast(RedisURI uri) {
    RedisCommands<String, String> commands = clients.client(uri).connect().sync();
    commands.del("count");
    for (int i = 1; i <= 1000; i++) {
      assertEquals(i, commands.incr("count"));
    }
  }

  @Test
  void aStackThatDoesntStartIsReplaced() {
    System.setProperty(CONFIGURATION, "/missing/mos.conf");
    System.setProperty(FALLBACK, "true");
    countsFast(server.uri());
    countsFast(RedisURI.create("localhost", PORT));
    assertEquals(Set.of(EpollSocketChannel.class), clients.channelTypes());
    assertEquals(0, Clients.sharedLoops());
  }

  @Test
  void aStackThatDoesntStartIsAnError() {
    System.setProperty(CONFIGURATION, "/missing/mos.conf");
    RedisClient client = clients.client(server.uri());
    ConfigException failure = assertThrows(ConfigException.class, client::connect);
    assertTrue(failure.getMessage().contains("/missing/mos.conf"), failure.getMessage());
  }

  /** By a name, too, which is resolved on the stack's loop. */
  @Test
  void whatTheStackHasNoWayForIsReached() {
    System.setProperty(FALLBACK, "true");
    countsFast(server.uri());
    countsFast(RedisURI.create("localhost", PORT));
    countsFast(server.tlsUri());
    assertEquals(Set.of(MosSocketChannel.class), clients.channelTypes());
  }

  @Test
  void withoutFallbackItIsNot() {
    RedisClient client = clients.client(server.uri());
    RedisConnectionException failure =
        assertThrows(RedisConnectionException.class, client::connect);
    assertInstanceOf(ConnectException.class, failure.getCause());
  }
}
