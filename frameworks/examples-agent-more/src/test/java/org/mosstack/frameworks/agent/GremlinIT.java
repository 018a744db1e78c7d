package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.tinkerpop.gremlin.driver.Cluster;
import org.apache.tinkerpop.gremlin.driver.remote.DriverRemoteConnection;
import org.apache.tinkerpop.gremlin.process.traversal.AnonymousTraversalSource;
import org.apache.tinkerpop.gremlin.process.traversal.dsl.graph.GraphTraversalSource;
import org.apache.tinkerpop.gremlin.server.GremlinServer;
import org.apache.tinkerpop.gremlin.server.Settings;
import org.apache.tinkerpop.gremlin.tinkergraph.structure.TinkerGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** TinkerPop's Gremlin server and driver, over WebSocket. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class GremlinIT {
  private static final int REQUESTS = 1000;
  private static final int AT_A_TIME = 50;
  private static final int VERTICES = 10_000;

  /** Starts a server of one graph, with vertices. */
  private static GremlinServer serve(int port) throws Exception {
    Settings settings = new Settings();
    settings.host = "127.0.0.1";
    settings.port = port;
    settings.graphs = Map.of();
    GremlinServer server = new GremlinServer(settings);
    GraphTraversalSource graph = TinkerGraph.open().traversal();
    for (int i = 0; i < VERTICES; i++) {
      graph.addV("number").property("value", i).iterate();
    }
    Waiting.get(server.start()).getGraphManager().putTraversalSource("g", graph);
    return server;
  }

  @Test
  void traversalsAndLongResultsAndAServersRestart() throws Exception {
    int port = Ports.free();
    GremlinServer server = serve(port);
    Cluster cluster = Cluster.build("127.0.0.1").port(port).create();
    GraphTraversalSource g =
        AnonymousTraversalSource.traversal().with(DriverRemoteConnection.using(cluster, "g"));
    for (int i = 0; i < REQUESTS; i += AT_A_TIME) {
      List<CompletableFuture<Object>> answers = new ArrayList<>();
      for (int k = 0; k < AT_A_TIME; k++) {
        answers.add(g.inject((Object) (i + k)).promise(Iterator::next));
      }
      for (int k = 0; k < AT_A_TIME; k++) {
        assertEquals(i + k, Waiting.get(answers.get(k)));
      }
    }
    assertEquals(VERTICES, g.V().values("value").toSet().size());
    Waiting.get(server.stop());
    cluster.close();

    GremlinServer next = serve(port);
    Cluster again = Cluster.build("127.0.0.1").port(port).create();
    assertEquals(
        VERTICES,
        AnonymousTraversalSource.traversal()
            .with(DriverRemoteConnection.using(again, "g"))
            .V()
            .count()
            .next());
    again.close();
    Waiting.get(next.stop());
  }
}
