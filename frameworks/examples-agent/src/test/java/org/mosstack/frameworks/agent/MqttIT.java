package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import io.moquette.broker.Server;
import io.moquette.broker.config.IConfig;
import io.moquette.broker.config.MemoryConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.testkit.netty.LeakCheck;

/** Moquette's broker and HiveMQ's client, which name their channels. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MqttIT {
  private static final int MESSAGES = 2000;

  /** The broker's queue has 1,024 places; what finds none is lost, over any transport. */
  private static final int AT_A_TIME = 100;

  private static final int LARGE = 1 << 20;

  @TempDir private Path folder;
  private final Server broker = new Server();
  private int port;

  @BeforeEach
  void start() throws Exception {
    port = Ports.free();
    Properties properties = new Properties();
    properties.setProperty(IConfig.HOST_PROPERTY_NAME, "127.0.0.1");
    properties.setProperty(IConfig.PORT_PROPERTY_NAME, Integer.toString(port));
    properties.setProperty(IConfig.ALLOW_ANONYMOUS_PROPERTY_NAME, "true");
    properties.setProperty(IConfig.DATA_PATH_PROPERTY_NAME, folder.toString());
    properties.setProperty(IConfig.PERSISTENCE_ENABLED_PROPERTY_NAME, "false");
    properties.setProperty(IConfig.ENABLE_TELEMETRY_NAME, "false");
    properties.setProperty(IConfig.NETTY_MAX_BYTES_PROPERTY_NAME, Integer.toString(2 * LARGE));
    broker.startServer(new MemoryConfig(properties));
  }

  @AfterEach
  void end() {
    broker.stopServer();
  }

  private Mqtt3AsyncClient connect(String name) throws Exception {
    Mqtt3AsyncClient client =
        Mqtt3Client.builder()
            .identifier(name)
            .serverHost("127.0.0.1")
            .serverPort(port)
            .buildAsync();
    Waiting.get(client.connect());
    return client;
  }

  private static BlockingQueue<Mqtt3Publish> subscribe(Mqtt3AsyncClient client) throws Exception {
    BlockingQueue<Mqtt3Publish> received = new LinkedBlockingQueue<>();
    client.publishes(MqttGlobalPublishFilter.ALL, received::add);
    Waiting.get(client.subscribeWith().topicFilter("a/#").qos(MqttQos.AT_LEAST_ONCE).send());
    return received;
  }

  private static CompletableFuture<Mqtt3Publish> publish(Mqtt3AsyncClient client, byte[] payload) {
    return client.publishWith().topic("a/b").qos(MqttQos.AT_LEAST_ONCE).payload(payload).send();
  }

  @Test
  void messagesArriveInOrder() throws Exception {
    Mqtt3AsyncClient subscriber = connect("subscriber");
    BlockingQueue<Mqtt3Publish> received = subscribe(subscriber);
    Mqtt3AsyncClient publisher = connect("publisher");
    for (int i = 0; i < MESSAGES; i += AT_A_TIME) {
      List<CompletableFuture<Mqtt3Publish>> sent = new ArrayList<>();
      for (int k = 0; k < AT_A_TIME; k++) {
        sent.add(publish(publisher, Integer.toString(i + k).getBytes()));
      }
      for (CompletableFuture<Mqtt3Publish> each : sent) {
        Waiting.get(each);
      }
    }
    for (int i = 0; i < MESSAGES; i++) {
      Mqtt3Publish message = received.poll(Waiting.SECONDS, TimeUnit.SECONDS);
      assertEquals(Integer.toString(i), new String(message.getPayloadAsBytes()));
    }
    byte[] large = new byte[LARGE];
    large[LARGE - 1] = 1;
    Waiting.get(publish(publisher, large));
    assertArrayEquals(large, received.poll(Waiting.SECONDS, TimeUnit.SECONDS).getPayloadAsBytes());
    Waiting.get(publisher.disconnect());
    Waiting.get(subscriber.disconnect());
  }

  @Test
  void aClientComesBack() throws Exception {
    Mqtt3AsyncClient client = connect("client");
    Waiting.get(client.disconnect());
    Waiting.get(client.connect());
    BlockingQueue<Mqtt3Publish> received = subscribe(client);
    Waiting.get(publish(client, new byte[] {1}));
    assertArrayEquals(
        new byte[] {1}, received.poll(Waiting.SECONDS, TimeUnit.SECONDS).getPayloadAsBytes());
    Waiting.get(client.disconnect());
  }
}
