package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.connection.TransportSettings;
import com.mongodb.reactivestreams.client.MongoClient;
import com.mongodb.reactivestreams.client.MongoClients;
import com.mongodb.reactivestreams.client.MongoCollection;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bson.Document;
import org.bson.types.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** MongoDB's reactive driver with its Netty transport, and mongo-java-server. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MongoIT {
  private static final int DOCUMENTS = 5000;
  private static final int BATCH = 100;
  private static final int QUERIES = 2000;
  private static final int AT_A_TIME = 50;
  private static final int LARGE = 10 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  private static MongoServer serve(int port) {
    MongoServer server = new MongoServer(new MemoryBackend());
    server.bind("127.0.0.1", port);
    return server;
  }

  private static Document document(int i) {
    return new Document("_id", i).append("square", (long) i * i);
  }

  @Test
  void documentsAndAServersRestart() throws Exception {
    int port = Ports.free();
    MongoServer server = serve(port);
    MongoClientSettings settings =
        MongoClientSettings.builder()
            .applyConnectionString(new ConnectionString("mongodb://127.0.0.1:" + port))
            .transportSettings(TransportSettings.nettyBuilder().build())
            .build();
    try (MongoClient client = MongoClients.create(settings)) {
      MongoCollection<Document> numbers = client.getDatabase("test").getCollection("numbers");
      for (int i = 0; i < DOCUMENTS; i += BATCH) {
        List<Document> batch = IntStream.range(i, i + BATCH).mapToObj(MongoIT::document).toList();
        Mono.from(numbers.insertMany(batch)).block(LIMIT);
      }
      long found =
          Flux.range(0, QUERIES)
              .flatMap(i -> Mono.from(numbers.find(new Document("_id", i)).first()), AT_A_TIME)
              .filter(d -> d.getLong("square") == (long) d.getInteger("_id") * d.getInteger("_id"))
              .count()
              .block(LIMIT);
      assertEquals(QUERIES, found);
      // All of them, in batches; and a cursor that is given up.
      assertEquals(DOCUMENTS, Flux.from(numbers.find().batchSize(BATCH)).count().block(LIMIT));
      assertEquals(10, Flux.from(numbers.find().batchSize(2)).take(10).count().block(LIMIT));
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      Mono.from(numbers.insertOne(new Document("_id", -1).append("large", large))).block(LIMIT);
      Document read = Mono.from(numbers.find(new Document("_id", -1)).first()).block(LIMIT);
      assertArrayEquals(large, read.get("large", Binary.class).getData());

      server.shutdownNow();
      server = serve(port);
      assertNotNull(Mono.from(numbers.insertOne(document(1))).retry(10).block(LIMIT));
    }
    server.shutdownNow();
  }
}
