package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.Producer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** RabbitMQ's clients of AMQP 0-9-1, with Netty, and of streams; the server is in the kernel. */
@EnabledIf(value = "org.mosstack.frameworks.agent.Kernel#hasRabbit", disabledReason = Kernel.RABBIT)
@ExtendWith({LeakCheck.class, ConnectionsMoved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RabbitServerIT {
  private static final int MESSAGES = 5000;
  private static final int LARGE = 10 << 20;
  private static RabbitServer server;

  @BeforeAll
  static void start() throws Exception {
    server = new RabbitServer();
  }

  @AfterAll
  static void end() {
    server.close();
  }

  private static ConnectionFactory factory() {
    ConnectionFactory factory = new ConnectionFactory();
    factory.netty();
    factory.setHost(Kernel.ADDRESS);
    factory.setPort(server.port());
    factory.setNetworkRecoveryInterval(100);
    return factory;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void amqp() throws Exception {
    try (Connection connection = factory().newConnection();
        Channel sender = connection.createChannel();
        Channel receiver = connection.createChannel()) {
      sender.confirmSelect();
      sender.queueDeclare("numbers", true, false, false, null);
      BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
      receiver.basicConsume(
          "numbers", true, (_, delivery) -> received.add(delivery.getBody()), _ -> {});
      for (int i = 0; i < MESSAGES; i++) {
        sender.basicPublish("", "numbers", null, bytes(Integer.toString(i)));
      }
      sender.waitForConfirmsOrDie(TimeUnit.SECONDS.toMillis(Waiting.SECONDS));
      for (int i = 0; i < MESSAGES; i++) {
        byte[] body = received.poll(Waiting.SECONDS, TimeUnit.SECONDS);
        assertEquals(Integer.toString(i), new String(body, StandardCharsets.US_ASCII));
      }
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      sender.basicPublish("", "numbers", null, large);
      assertArrayEquals(large, received.poll(Waiting.SECONDS, TimeUnit.SECONDS));

      CountDownLatch recovered = new CountDownLatch(1);
      ((com.rabbitmq.client.Recoverable) connection)
          .addRecoveryListener(
              new com.rabbitmq.client.RecoveryListener() {
                @Override
                public void handleRecovery(com.rabbitmq.client.Recoverable recoverable) {
                  recovered.countDown();
                }

                @Override
                public void handleRecoveryStarted(com.rabbitmq.client.Recoverable recoverable) {}
              });
      server.end();
      server.start();
      assertTrue(recovered.await(Waiting.SECONDS, TimeUnit.SECONDS));
      sender.basicPublish("", "numbers", null, bytes("again"));
      assertArrayEquals(bytes("again"), received.poll(Waiting.SECONDS, TimeUnit.SECONDS));
    }
  }

  @Test
  void streams() throws Exception {
    try (Environment environment =
        Environment.builder().host(Kernel.ADDRESS).port(server.streamPort()).build()) {
      environment.streamCreator().stream("numbers").create();
      CountDownLatch confirmed = new CountDownLatch(MESSAGES);
      try (Producer producer = environment.producerBuilder().stream("numbers").build()) {
        for (int i = 0; i < MESSAGES; i++) {
          producer.send(
              producer.messageBuilder().addData(bytes(Integer.toString(i))).build(),
              _ -> confirmed.countDown());
        }
        assertTrue(confirmed.await(Waiting.SECONDS, TimeUnit.SECONDS));
      }
      BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
      try (com.rabbitmq.stream.Consumer _ =
          environment.consumerBuilder().stream("numbers")
              .offset(OffsetSpecification.first())
              .messageHandler((_, message) -> received.add(message.getBodyAsBinary()))
              .build()) {
        for (int i = 0; i < MESSAGES; i++) {
          byte[] body = received.poll(Waiting.SECONDS, TimeUnit.SECONDS);
          assertEquals(Integer.toString(i), new String(body, StandardCharsets.US_ASCII));
        }
      }
      environment.deleteStream("numbers");
    }
  }
}
