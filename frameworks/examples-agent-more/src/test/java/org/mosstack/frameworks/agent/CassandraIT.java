package org.mosstack.frameworks.agent;

import static com.datastax.oss.simulacron.common.stubbing.PrimeDsl.rows;
import static com.datastax.oss.simulacron.common.stubbing.PrimeDsl.when;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.simulacron.common.cluster.ClusterSpec;
import com.datastax.oss.simulacron.common.stubbing.CloseType;
import com.datastax.oss.simulacron.server.BoundCluster;
import com.datastax.oss.simulacron.server.Server;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** Cassandra's Java driver, and Simulacron: nodes of the protocol that answer as they are told. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CassandraIT {
  private static final int QUERIES = 5000;
  private static final int AT_A_TIME = 100;
  private static final String QUERY = "SELECT value FROM test.large";
  private static final int LARGE = 1 << 20;

  private static CompletableFuture<AsyncResultSet> ask(CqlSession session) {
    return session.executeAsync(QUERY).toCompletableFuture();
  }

  @Test
  void queriesOverThreeNodesAndLostConnections() throws Exception {
    String value = "x".repeat(LARGE);
    try (Server server = Server.builder().build();
        BoundCluster cluster = server.register(ClusterSpec.builder().withNodes(3).build())) {
      cluster.prime(when(QUERY).then(rows().row("value", "small").columnTypes("value", "varchar")));
      try (CqlSession session =
          CqlSession.builder()
              .addContactPoint((InetSocketAddress) cluster.node(0).getAddress())
              .withLocalDatacenter(cluster.dc(0).getName())
              .build()) {
        for (int i = 0; i < QUERIES; i += AT_A_TIME) {
          List<CompletableFuture<AsyncResultSet>> answers = new ArrayList<>();
          for (int k = 0; k < AT_A_TIME; k++) {
            answers.add(ask(session));
          }
          for (CompletableFuture<AsyncResultSet> answer : answers) {
            assertEquals("small", Waiting.get(answer).one().getString(0));
          }
        }
        cluster.clearPrimes(true);
        cluster.prime(when(QUERY).then(rows().row("value", value).columnTypes("value", "varchar")));
        for (int i = 0; i < 10; i++) {
          assertEquals(value, Waiting.get(ask(session)).one().getString(0));
        }
        // Of one node: the others answer until its connections are back.
        Waiting.get(
            cluster.node(0).closeConnectionsAsync(CloseType.DISCONNECT).toCompletableFuture());
        for (int i = 0; i < 10; i++) {
          assertEquals(value, Waiting.get(ask(session)).one().getString(0));
        }
      }
    }
  }
}
