package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.client.ActiveMQClient;
import org.apache.activemq.artemis.api.core.client.ClientConsumer;
import org.apache.activemq.artemis.api.core.client.ClientMessage;
import org.apache.activemq.artemis.api.core.client.ClientProducer;
import org.apache.activemq.artemis.api.core.client.ClientSession;
import org.apache.activemq.artemis.api.core.client.ClientSessionFactory;
import org.apache.activemq.artemis.api.core.client.ServerLocator;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** ActiveMQ Artemis's broker, with its own client, and with Qpid's of JMS over AMQP 1.0. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ArtemisIT {
  private static final int MESSAGES = 3000;
  private static final int LARGE = 10 << 20;
  private static final String QUEUE = "numbers";

  private EmbeddedActiveMQ broker;
  private int port;

  private void serve() throws Exception {
    Configuration configuration =
        new ConfigurationImpl().setPersistenceEnabled(false).setSecurityEnabled(false);
    configuration.addAcceptorConfiguration("tcp", "tcp://127.0.0.1:" + port);
    configuration.addQueueConfiguration(
        QueueConfiguration.of(QUEUE).setRoutingType(RoutingType.ANYCAST));
    broker = new EmbeddedActiveMQ().setConfiguration(configuration).start();
  }

  @BeforeEach
  void start() throws Exception {
    port = Ports.free();
    serve();
  }

  @AfterEach
  void end() throws Exception {
    broker.stop();
  }

  @Test
  void itsOwnClientAndABrokersRestart() throws Exception {
    try (ServerLocator locator =
            ActiveMQClient.createServerLocator("tcp://127.0.0.1:" + port)
                .setReconnectAttempts(-1)
                .setRetryInterval(100);
        ClientSessionFactory factory = locator.createSessionFactory();
        ClientSession session = factory.createSession();
        ClientProducer producer = session.createProducer(QUEUE);
        ClientConsumer consumer = session.createConsumer(QUEUE)) {
      session.start();
      for (int i = 0; i < MESSAGES; i++) {
        ClientMessage message = session.createMessage(false);
        message.getBodyBuffer().writeInt(i);
        producer.send(message);
      }
      for (int i = 0; i < MESSAGES; i++) {
        ClientMessage message = consumer.receive(TimeUnit.SECONDS.toMillis(Waiting.SECONDS));
        assertEquals(i, message.getBodyBuffer().readInt());
        message.acknowledge();
      }
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      producer.send(session.createMessage(false).writeBodyBufferBytes(large));
      ClientMessage message = consumer.receive(TimeUnit.SECONDS.toMillis(Waiting.SECONDS));
      byte[] received = new byte[message.getBodySize()];
      message.getDataBuffer().readBytes(received);
      assertArrayEquals(large, received);
      message.acknowledge();

      broker.stop();
      serve();
      producer.send(session.createMessage(false));
      assertNotNull(consumer.receive(TimeUnit.SECONDS.toMillis(Waiting.SECONDS)));
    }
  }

  @Test
  void qpidJms() throws Exception {
    try (Connection connection =
        new JmsConnectionFactory("amqp://127.0.0.1:" + port).createConnection()) {
      connection.start();
      Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);
      MessageProducer producer = session.createProducer(session.createQueue(QUEUE));
      MessageConsumer consumer = session.createConsumer(session.createQueue(QUEUE));
      for (int i = 0; i < MESSAGES; i++) {
        producer.send(session.createTextMessage(Integer.toString(i)));
      }
      for (int i = 0; i < MESSAGES; i++) {
        TextMessage message =
            (TextMessage) consumer.receive(TimeUnit.SECONDS.toMillis(Waiting.SECONDS));
        assertEquals(Integer.toString(i), message.getText());
      }
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      BytesMessage sent = session.createBytesMessage();
      sent.writeBytes(large);
      producer.send(sent);
      BytesMessage back =
          (BytesMessage) consumer.receive(TimeUnit.SECONDS.toMillis(Waiting.SECONDS));
      byte[] received = new byte[LARGE];
      assertEquals(LARGE, back.readBytes(received));
      assertArrayEquals(large, received);
      assertTrue(back.getBodyLength() == LARGE);
    }
  }
}
