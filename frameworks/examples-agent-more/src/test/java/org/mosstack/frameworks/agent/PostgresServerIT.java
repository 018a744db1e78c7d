package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.jasync.sql.db.Connection;
import com.github.jasync.sql.db.QueryResult;
import com.github.jasync.sql.db.postgresql.PostgreSQLConnectionBuilder;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.R2dbcException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** R2DBC's and jasync's clients of a PostgreSQL in the kernel. */
@EnabledIf(
    value = "org.mosstack.frameworks.agent.Kernel#hasPostgres",
    disabledReason = Kernel.POSTGRES)
@ExtendWith({LeakCheck.class, ConnectionsMoved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PostgresServerIT {
  private static final int QUERIES = 2000;
  private static final int LARGE = 10 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);
  private static PostgresServer server;

  @BeforeAll
  static void start() throws Exception {
    server = new PostgresServer();
  }

  @AfterAll
  static void end() {
    server.close();
  }

  private static Mono<PostgresqlConnection> connect() {
    return new PostgresqlConnectionFactory(
            PostgresqlConnectionConfiguration.builder()
                .host(Kernel.ADDRESS)
                .port(server.port())
                .username("postgres")
                .database("postgres")
                .build())
        .create();
  }

  private static Mono<Integer> square(PostgresqlConnection connection, int i) {
    return connection
        .createStatement("SELECT $1::int * $1")
        .bind("$1", i)
        .execute()
        .flatMap(result -> result.map((row, _) -> row.get(0, Integer.class)))
        .single();
  }

  @Test
  void r2dbc() throws Exception {
    PostgresqlConnection connection = connect().block(LIMIT);
    List<Integer> squares =
        Flux.range(0, QUERIES).concatMap(i -> square(connection, i)).collectList().block(LIMIT);
    assertEquals((QUERIES - 1) * (QUERIES - 1), squares.get(QUERIES - 1));

    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);
    ByteBuffer back =
        connection
            .createStatement("SELECT $1::bytea")
            .bind("$1", ByteBuffer.wrap(large))
            .execute()
            .flatMap(result -> result.map((row, _) -> row.get(0, ByteBuffer.class)))
            .single()
            .block(LIMIT);
    byte[] bytes = new byte[back.remaining()];
    back.get(bytes);
    assertArrayEquals(large, bytes);

    // A million rows, of which ten are wanted.
    assertEquals(
        10,
        connection
            .createStatement("SELECT generate_series(1, 1000000)")
            .fetchSize(100)
            .execute()
            .flatMap(result -> result.map((row, _) -> row.get(0, Integer.class)))
            .take(10)
            .count()
            .block(LIMIT));
    // A query that is cancelled, and the connection goes on.
    CompletableFuture<Void> asleep =
        connection
            .createStatement("SELECT pg_sleep(600)")
            .execute()
            .flatMap(r -> r.map((_, _) -> 1))
            .then()
            .toFuture();
    while (!asleep.isDone()) {
      connection.cancelRequest().block(LIMIT); // as often as it takes: it may not have begun
    }
    assertThrows(Exception.class, () -> Waiting.get(asleep));
    assertEquals(49, square(connection, 7).block(LIMIT));

    server.end();
    assertThrows(R2dbcException.class, () -> square(connection, 1).block(LIMIT));
    connection.close().onErrorComplete().block(LIMIT);
    server.start();
    PostgresqlConnection next = connect().block(LIMIT);
    assertEquals(4, square(next, 2).block(LIMIT));
    next.close().block(LIMIT);
  }

  @Test
  void jasync() throws Exception {
    Connection pool =
        PostgreSQLConnectionBuilder.createConnectionPool(
            "jdbc:postgresql://%s:%d/postgres?user=postgres"
                .formatted(Kernel.ADDRESS, server.port()));
    List<CompletableFuture<QueryResult>> answers = new ArrayList<>();
    for (int i = 0; i < QUERIES; i++) {
      answers.add(pool.sendPreparedStatement("SELECT ?::int * 2", List.of(i)));
    }
    for (int i = 0; i < QUERIES; i++) {
      assertEquals(2 * i, Waiting.get(answers.get(i)).getRows().get(0).getInt(0));
    }
    byte[] large = new byte[LARGE / 2]; // its messages end at 16 MB, with two characters for a byte
    new Random(1).nextBytes(large);
    QueryResult back = Waiting.get(pool.sendPreparedStatement("SELECT ?::bytea", List.of(large)));
    assertArrayEquals(large, (byte[]) back.getRows().get(0).get(0));
    Waiting.get(pool.disconnect());
  }
}
