package org.mosstack.lettuce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.MosStack;
import org.mosstack.netty.MosChannelOption;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Testbed;

/** Redis servers in the kernel, and clients over a TAP port of the shared stack. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LettuceTest {
  private static final String KERNEL = "10.66.1.2";
  private static final int PORT = 26_379;
  private static final int CLUSTER_PORT = 26_389;
  private static final int SLOTS = 16_384;
  private static final int COMMANDS = 10_000;
  private static final int BIG = 10_000_000;

  private static final String CONFIGURATION =
      """
      application {
        type = end
        run = app
        core_mask = 0x3
      }
      mos {
        max_concurrency = 1000
        max_num_buffers = 8192
        rmem_size = 1048576
        wmem_size = 1048576
        tcp_timeout = -1
        netdev {
          dpdk0 0x3 10.66.1.1/24 net_tap=iface=mosredis0,peer=10.66.1.2/24
        }
      }
      """;

  private static Testbed testbed;
  private static MosStack stack;
  private static RedisServer server;

  private final Clients clients = new Clients();

  @BeforeAll
  static void start() throws Exception {
    Needs.redis();
    Needs.tap();
    testbed = new Testbed("mos-lettuce");
    Path configuration = Files.writeString(testbed.folder().resolve("mos.conf"), CONFIGURATION);
    System.setProperty("mos.conf", configuration.toString());
    stack = MosStack.shared(); // the interface is there as long as this is
    server = new RedisServer(testbed, KERNEL, PORT).start();
  }

  @AfterAll
  static void end() {
    System.clearProperty("mos.conf");
    if (stack != null) {
      stack.close();
    }
    if (testbed != null) {
      testbed.close();
    }
  }

  @AfterEach
  void closeClients() throws InterruptedException {
    clients.close();
    assertEquals(0, stack.flows(), "connections");
  }

  private StatefulRedisConnection<String, String> connect() {
    return clients.client(server.uri()).connect();
  }

  private void assertOnStack() {
    assertEquals(Set.of(MosSocketChannel.class), clients.channelTypes());
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(Clients.TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void aPipeline() throws Exception {
    StatefulRedisConnection<String, String> connection = connect();
    RedisAsyncCommands<String, String> commands = connection.async();
    get(commands.del("count"));
    connection.setAutoFlushCommands(false);
    List<RedisFuture<Long>> counts = new ArrayList<>();
    for (int i = 0; i < COMMANDS; i++) {
      counts.add(commands.incr("count"));
    }
    connection.flushCommands();
    for (int i = 0; i < COMMANDS; i++) {
      assertEquals(i + 1, get(counts.get(i)));
    }
    assertOnStack();
    assertEquals(1, stack.flows());
  }

  /** What a user's customizer sets reaches the stack's channel, as Lettuce's own options do. */
  @SuppressWarnings("deprecation") // MAX_MESSAGES_PER_READ, which people set still
  @Test
  void optionsAreTheClients() {
    RedisClient client = clients.client(server.uri());
    SocketOptions options =
        SocketOptions.builder()
            .connectTimeout(Duration.ofSeconds(7))
            .keepAlive(KeepAliveOptions.builder().enable().idle(Duration.ofSeconds(77)).build())
            .tcpUserTimeout(
                TcpUserTimeoutOptions.builder()
                    .enable()
                    .tcpUserTimeout(Duration.ofSeconds(88))
                    .build())
            .build();
    client.setOptions(ClientOptions.builder().socketOptions(options).build());
    client.connect().sync().ping();
    MosSocketChannel channel = (MosSocketChannel) clients.recorder.channels.element();
    assertEquals(Recorder.WATER_MARK, channel.config().getWriteBufferHighWaterMark());
    assertEquals(Recorder.MESSAGES_PER_READ, channel.config().getMaxMessagesPerRead());
    assertEquals(7_000, channel.config().getConnectTimeoutMillis());
    assertTrue(channel.config().isKeepAlive());
    assertEquals(77, channel.config().getTcpKeepIdle());
    assertEquals(88_000, channel.config().getOption(MosChannelOption.TCP_USER_TIMEOUT));
    assertTrue(channel.config().isTcpNoDelay());
  }

  @Test
  void manyConnections() throws Exception {
    RedisClient client = clients.client(server.uri());
    List<RedisFuture<String>> replies = new ArrayList<>();
    long before = kernelSockets();
    for (int i = 0; i < 50; i++) {
      RedisAsyncCommands<String, String> commands = client.connect().async();
      for (int k = 0; k < 100; k++) {
        replies.add(commands.echo(i + "/" + k));
      }
    }
    for (int i = 0; i < replies.size(); i++) {
      assertEquals(i / 100 + "/" + i % 100, get(replies.get(i)));
    }
    assertOnStack();
    assertEquals(50, stack.flows());
    // Those that Lettuce has made are closed; what resolves names has one for each loop.
    assertTrue(kernelSockets() - before < 50);
  }

  private static long kernelSockets() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.filter(LettuceTest::isSocket).count();
    }
  }

  private static boolean isSocket(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().startsWith("socket:");
    } catch (IOException _) {
      return false; // closed by now
    }
  }

  private void sendsAndReceives(RedisURI uri, int bytes) {
    byte[] value = new byte[bytes];
    new Random(bytes).nextBytes(value);
    byte[] key = "big".getBytes();
    RedisCommands<byte[], byte[]> commands =
        clients.client(uri).connect(ByteArrayCodec.INSTANCE).sync();
    commands.set(key, value);
    assertArrayEquals(value, commands.get(key));
    commands.del(key);
    assertOnStack();
  }

  @Test
  void bigValues() {
    sendsAndReceives(server.uri(), BIG);
  }

  @Test
  void tls() {
    sendsAndReceives(server.tlsUri(), BIG);
  }

  @Test
  void publishAndSubscribe() throws Exception {
    RedisClient client = clients.client(server.uri());
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    StatefulRedisPubSubConnection<String, String> subscriber = client.connectPubSub();
    subscriber.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(String channel, String message) {
            received.add(channel + ": " + message);
          }
        });
    subscriber.sync().subscribe("news");
    RedisAsyncCommands<String, String> publisher = client.connect().async();
    for (int i = 0; i < 1000; i++) {
      publisher.publish("news", "" + i);
    }
    for (int i = 0; i < 1000; i++) {
      assertEquals("news: " + i, received.poll(Clients.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    }
    assertOnStack();
  }

  /** What is asked in the meantime is answered by the server that is started again. */
  @Test
  void clientsReconnectWhenTheServerIsBack() throws Exception {
    StatefulRedisConnection<String, String> connection = connect();
    StatefulRedisPubSubConnection<String, String> subscriber =
        clients.client(server.tlsUri()).connectPubSub();
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    subscriber.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(String channel, String message) {
            received.add(message);
          }

          @Override
          public void subscribed(String channel, long count) {
            received.add("subscribed");
          }
        });
    subscriber.sync().subscribe("news");
    assertEquals("subscribed", received.take());
    assertEquals("OK", connection.sync().set("before", "1"));
    server.kill();
    RedisFuture<String> meanwhile = connection.async().set("meanwhile", "2");
    server.start();
    assertEquals("OK", get(meanwhile));
    assertEquals("subscribed", received.take());
    assertEquals(1, connection.sync().publish("news", "back"));
    assertEquals("back", received.take());
    assertTrue(clients.recorder.channels.size() >= 4);
    assertOnStack();
  }

  @Test
  void aCommandTimesOut() throws Exception {
    RedisClient client = clients.client(server.uri());
    StatefulRedisConnection<String, String> waiting = client.connect();
    waiting.setTimeout(Duration.ofMillis(100));
    RedisCommands<String, String> commands = waiting.sync();
    commands.del("list");
    assertThrows(RedisCommandTimeoutException.class, () -> commands.blpop(0, "list"));
    client.connect().sync().rpush("list", "late"); // goes to who gave up, as Redis has it
    waiting.setTimeout(Duration.ofSeconds(Clients.TIMEOUT_SECONDS));
    assertEquals("PONG", commands.ping());
  }

  @Test
  void aCommandIsCancelled() throws Exception {
    RedisClient client = clients.client(server.uri());
    StatefulRedisConnection<String, String> waiting = client.connect();
    RedisCommands<String, String> other = client.connect().sync();
    other.del("list");
    RedisFuture<KeyValue<String, String>> pop = waiting.async().blpop(0, "list");
    RedisFuture<String> next = waiting.async().ping();
    assertTrue(pop.cancel(true));
    other.rpush("list", "late");
    assertEquals("PONG", get(next));
  }

  @Test
  void nobodyListens() {
    RedisClient client = clients.client(RedisURI.create(KERNEL, 9));
    RedisConnectionException failure =
        assertThrows(RedisConnectionException.class, client::connect);
    assertInstanceOf(ConnectException.class, failure.getCause());
  }

  /** Nobody there answers ARP: the connection attempt goes on until it is given up. */
  @Test
  void anAttemptIsGivenUp() {
    RedisClient client = clients.client(RedisURI.create("10.66.1.77", PORT));
    var attempt = client.connectAsync(StringCodec.UTF8, RedisURI.create("10.66.1.77", PORT));
    assertTrue(attempt.toCompletableFuture().cancel(true));
    clients.recorder.channels.forEach(channel -> channel.closeFuture().syncUninterruptibly());
  }

  @Test
  void aCluster() throws Exception {
    RedisServer node =
        new RedisServer(testbed, KERNEL, CLUSTER_PORT, "--cluster-enabled", "yes").start();
    RedisCommands<String, String> control = clients.client(node.uri()).connect().sync();
    control.clusterAddSlots(IntStream.range(0, SLOTS).toArray());
    Await.until(
        "the cluster's start",
        Clients.TIMEOUT_SECONDS,
        () -> control.clusterInfo().contains("cluster_state:ok"));
    RedisAdvancedClusterCommands<String, String> commands =
        clients.cluster(node.uri()).connect().sync();
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      values.put("key" + i, "value" + i);
    }
    commands.mset(values);
    for (KeyValue<String, String> value : commands.mget(values.keySet().toArray(String[]::new))) {
      assertEquals(values.remove(value.getKey()), value.getValue());
    }
    assertEquals(Map.of(), values);
    assertOnStack();
    node.kill();
  }

  @Test
  void domainSocketsStayWithTheKernel() {
    assertEquals("PONG", clients.client(server.socketUri()).connect().sync().ping());
    assertEquals(Set.of(EpollDomainSocketChannel.class), clients.channelTypes());
    assertEquals("PONG", connect().sync().ping());
    assertEquals(
        Set.of(EpollDomainSocketChannel.class, MosSocketChannel.class), clients.channelTypes());
  }

  /** Until the last client is shut down, the loops go on; a later one makes them again. */
  @Test
  void loopsLiveAsLongAsClients() throws Exception {
    RedisClient first = clients.client(server.uri());
    first.connect().sync().ping();
    RedisCommands<String, String> second = connect().sync();
    first.shutdown(0, 5, TimeUnit.SECONDS);
    assertEquals("PONG", second.ping());
    assertEquals(2, Clients.sharedLoops());
    clients.endClients();
    assertEquals("PONG", connect().sync().ping());
  }

  @Test
  void aReplacedCustomizerIsNamed() {
    ClientResources resources =
        MosLettuce.configure(DefaultClientResources.builder())
            .nettyCustomizer(clients.recorder)
            .build();
    RedisClient client = RedisClient.create(resources, server.uri());
    RedisConnectionException failure =
        assertThrows(RedisConnectionException.class, client::connect);
    assertTrue(failure.getCause().getMessage().contains("MosLettuce"), failure.toString());
    client.shutdown(0, 5, TimeUnit.SECONDS);
    resources.shutdown(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Of what most users need, all defaults. */
  @Test
  void resourcesAsTheyAre() {
    ClientResources resources = MosLettuce.resources();
    RedisClient client = RedisClient.create(resources, server.uri());
    assertEquals("PONG", client.connect().sync().ping());
    assertEquals(1, stack.flows());
    client.shutdown(0, 5, TimeUnit.SECONDS);
    resources.shutdown(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
