package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.IntegerCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redisson, the client of a Redis in the kernel. */
@EnabledIf(value = "org.mosstack.frameworks.agent.Kernel#hasRedis", disabledReason = Kernel.REDIS)
@ExtendWith({LeakCheck.class, ConnectionsMoved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RedissonServerIT {
  private static final int KEYS = 5000;
  private static final int LARGE = 10 << 20;

  private static Program serve(Testbed testbed, int port) throws Exception {
    List<String> words = Testbed.words("redis-server --save", "", "--protected-mode", "no");
    words.addAll(List.of("--port", Integer.toString(port), "--dir", testbed.folder().toString()));
    Program program = testbed.start(words);
    program.awaitLine("Ready to accept connections", Testbed.SOON);
    return program;
  }

  @Test
  void keysTopicsLocksAndAServersRestart() throws Exception {
    int port = Ports.free();
    try (Testbed testbed = new Testbed("mos-redis")) {
      Program server = serve(testbed, port);
      Config config = new Config();
      config
          .useSingleServer()
          .setAddress("redis://" + Kernel.ADDRESS + ":" + port)
          .setConnectionMinimumIdleSize(4)
          .setConnectionPoolSize(16);
      RedissonClient client = Redisson.create(config);
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        answers.add(
            client.getBucket("key" + i, IntegerCodec.INSTANCE).setAsync(i).toCompletableFuture());
      }
      for (Future<?> answer : answers) {
        Waiting.get(answer);
      }
      List<Future<Object>> values = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        values.add(
            client.getBucket("key" + i, IntegerCodec.INSTANCE).getAsync().toCompletableFuture());
      }
      for (int i = 0; i < KEYS; i++) {
        assertEquals(i, Waiting.get(values.get(i)));
      }
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      client.getBucket("large", ByteArrayCodec.INSTANCE).set(large);
      assertArrayEquals(large, (byte[]) client.getBucket("large", ByteArrayCodec.INSTANCE).get());

      BlockingQueue<String> received = new LinkedBlockingQueue<>();
      client
          .getTopic("topic", StringCodec.INSTANCE)
          .addListener(String.class, (_, message) -> received.add(message));
      client.getTopic("topic", StringCodec.INSTANCE).publish("hello");
      assertEquals("hello", received.poll(Waiting.SECONDS, TimeUnit.SECONDS));
      assertTrue(client.getLock("lock").tryLock(1, 10, TimeUnit.SECONDS));
      client.getLock("lock").unlock();

      server.end();
      serve(testbed, port);
      // Its commands are sent again until there is a connection.
      client.getBucket("again", IntegerCodec.INSTANCE).set(1);
      assertEquals(1, client.getBucket("again", IntegerCodec.INSTANCE).get());
      client.shutdown();
    }
  }
}
