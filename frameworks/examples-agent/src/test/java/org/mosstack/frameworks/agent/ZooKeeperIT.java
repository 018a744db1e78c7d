package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.server.NettyServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.testkit.netty.LeakCheck;

/** ZooKeeper, whose server and client name their channels, epoll's where there is one. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@SuppressWarnings("try") // a client's close may be interrupted, as all of a test may
class ZooKeeperIT {
  private static final int NODES = 2000;
  private static final int SESSION_MILLIS = 20_000;

  @TempDir private Path folder;
  private ServerCnxnFactory server;

  @BeforeEach
  void start() throws Exception {
    System.setProperty("zookeeper.clientCnxnSocket", "org.apache.zookeeper.ClientCnxnSocketNetty");
    System.setProperty("zookeeper.admin.enableServer", "false");
    System.setProperty(
        ServerCnxnFactory.ZOOKEEPER_SERVER_CNXN_FACTORY, NettyServerCnxnFactory.class.getName());
    server = ServerCnxnFactory.createFactory();
    server.configure(new InetSocketAddress("127.0.0.1", 0), 100);
    server.startup(new ZooKeeperServer(folder.toFile(), folder.toFile(), 1000));
  }

  @AfterEach
  void end() {
    server.shutdown();
  }

  private ZooKeeper connect() throws Exception {
    CompletableFuture<Void> connected = new CompletableFuture<>();
    ZooKeeper client =
        new ZooKeeper(
            "127.0.0.1:" + server.getLocalPort(),
            SESSION_MILLIS,
            event -> {
              if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.complete(null);
              }
            });
    Waiting.get(connected);
    return client;
  }

  @Test
  void nodesAndWatches() throws Exception {
    byte[] value = new byte[100_000];
    value[99_999] = 1;
    try (ZooKeeper writer = connect();
        ZooKeeper reader = connect()) {
      List<CompletableFuture<Integer>> created = new ArrayList<>();
      for (int i = 0; i < NODES; i++) {
        CompletableFuture<Integer> result = new CompletableFuture<>();
        created.add(result);
        writer.create(
            "/node" + i,
            Integer.toString(i).getBytes(StandardCharsets.US_ASCII),
            ZooDefs.Ids.OPEN_ACL_UNSAFE,
            CreateMode.PERSISTENT,
            (code, _, _, _) -> result.complete(code),
            null);
      }
      for (CompletableFuture<Integer> result : created) {
        assertEquals(KeeperException.Code.OK.intValue(), Waiting.get(result));
      }
      reader.sync("/", (_, _, _) -> {}, null);
      for (int i = 0; i < NODES; i += 100) {
        String text =
            new String(reader.getData("/node" + i, false, null), StandardCharsets.US_ASCII);
        assertEquals(Integer.toString(i), text);
      }
      BlockingQueue<String> seen = new LinkedBlockingQueue<>();
      assertNotNull(reader.exists("/node7", event -> seen.add(event.getPath())));
      writer.setData("/node7", value, -1);
      assertEquals("/node7", seen.poll(Waiting.SECONDS, TimeUnit.SECONDS));
      assertArrayEquals(value, reader.getData("/node7", false, null));
    }
  }

  /** What a session held is gone with it, and the next session finds the rest. */
  @Test
  void sessionsComeAndGo() throws Exception {
    try (ZooKeeper first = connect()) {
      first.create("/stays", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      first.create("/goes", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
    }
    try (ZooKeeper second = connect()) {
      assertNotNull(second.exists("/stays", false));
      assertNull(second.exists("/goes", false));
    }
  }
}
