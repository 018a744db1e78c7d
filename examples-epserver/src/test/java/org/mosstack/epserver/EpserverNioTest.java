package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server over kernel sockets, tested with non-Netty clients. */
@Timeout(20)
class EpserverNioTest {
  @TempDir Path parent;
  private FileStore files;
  private EventLoopGroup group;
  private Epserver server;

  @BeforeEach
  void open() throws IOException {
    files = FileStore.load(WebFolder.create(parent));
    group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    files.close();
    for (StoredFile file : files.files()) {
      assertEquals(file.length() == 0 ? 1 : 0, file.refCnt(), "memory is still held");
    }
    LeakPresenceDetector.check();
  }

  private void start(boolean bindPerLoop) throws Exception {
    start(bindPerLoop, Duration.ofSeconds(10));
  }

  private void start(boolean bindPerLoop, Duration drain) throws Exception {
    ServerLimits limits =
        new ServerLimits(
            1024, 2048, 4096, Duration.ofSeconds(20), 1, Duration.ofSeconds(10), drain);
    server =
        Epserver.start(
            group,
            NioServerSocketChannel::new,
            bindPerLoop,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            files,
            limits);
  }

  private Socket connect() throws IOException {
    return new Socket(server.localAddress().getAddress(), server.localAddress().getPort());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.localAddress().getPort() + path);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void servesAnHttpClient(boolean bindPerLoop) throws Exception {
    start(bindPerLoop);
    Map<String, Integer> sizes =
        Map.of(
            "/", WebFolder.INDEX.length(), "/digits.txt", 10, "/empty.bin", 0, "/big.bin", 300_000);
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        sizes.forEach(
            (path, size) ->
                all.add(
                    client
                        .sendAsync(
                            HttpRequest.newBuilder(uri(path)).build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                        .thenAccept(
                            response -> {
                              assertEquals(200, response.statusCode());
                              assertEquals(size, response.body().length, path);
                            })));
      }
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
      HttpResponse<String> missing =
          client.send(
              HttpRequest.newBuilder(uri("/nowhere")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(404, missing.statusCode());
      assertEquals("404 Not Found\n", missing.body());
      HttpResponse<String> posted =
          client.send(
              HttpRequest.newBuilder(uri("/"))
                  .POST(HttpRequest.BodyPublishers.ofString("x"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(405, posted.statusCode());
    }
    server.close();
    ServerSummary summary = server.summary();
    assertEquals(102, summary.requests());
    assertEquals(Map.of(200, 100L, 404, 1L, 405, 1L), summary.responses());
    assertTrue(
        summary
            .toLine()
            .startsWith(
                "epserver: requests: 102, bytes: 7500612, responses: 200: 100, 404: 1, 405: 1"),
        summary.toLine());
  }

  @Test
  void eachLoopListensOnTheSamePort() throws Exception {
    AtomicInteger made = new AtomicInteger();
    server =
        Epserver.start(
            group,
            () -> {
              made.incrementAndGet();
              return new NioServerSocketChannel();
            },
            true,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            files);
    assertEquals(2, made.get());
    for (int i = 0; i < 50; i++) {
      assertEquals(WebFolder.DIGITS, exchange("/digits.txt"));
    }
    assertEquals(50, server.summary().connections());
  }

  @Test
  void addressInUseIsOneLine() throws Exception {
    start(false);
    InetSocketAddress taken = server.localAddress();
    IOException e =
        assertThrows(
            IOException.class,
            () -> Epserver.start(group, NioServerSocketChannel::new, false, taken, files));
    assertEquals("cannot listen on " + taken + ": Address already in use", e.getMessage());
  }

  @Test
  void halfClosedClientGetsAllItAskedFor() throws Exception {
    start(false);
    try (Socket socket = connect()) {
      send(socket, "GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20));
      socket.shutdownOutput();
      List<Response> responses = Response.parse(readAll(socket));
      assertEquals(20, responses.size());
      responses.forEach(response -> assertEquals(300_000, response.body().length()));
    }
  }

  @Test
  void clientThatReadsLateGetsEverything() throws Exception {
    start(false);
    int n = 200;
    try (Socket socket = connect()) {
      CompletableFuture<Void> sent =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < n; i++) {
                  send(
                      socket,
                      "GET /big.bin HTTP/1.1\r\nHost: h\r\nX: " + "y".repeat(900) + "\r\n\r\n");
                }
                shutdownOutput(socket);
              });
      InputStream in = socket.getInputStream();
      long total = 0;
      byte[] buffer = new byte[65536];
      for (int k = in.read(buffer); k >= 0; k = in.read(buffer)) {
        total += k;
      }
      sent.get();
      assertTrue(total > n * 300_000L && total < n * 300_500L, "bytes: " + total);
    }
    assertEquals(n, server.summary().requests());
  }

  /** Closing immediately would reset the connection, and the client would often miss the answer. */
  @Test
  void refusedUploadStillSeesTheAnswer() throws Exception {
    start(false);
    for (int i = 0; i < 20; i++) {
      try (Socket socket = connect()) {
        send(socket, "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n");
        for (int k = 0; k < 50; k++) {
          send(socket, "z".repeat(100_000));
        }
        socket.shutdownOutput();
        assertEquals(413, Response.parse(readAll(socket)).getFirst().status());
      }
    }
  }

  @Test
  void tooLongHeadersSeeTheAnswer() throws Exception {
    start(false);
    try (Socket socket = connect()) {
      send(socket, "GET / HTTP/1.1\r\nHost: h\r\nA: " + "a".repeat(100_000));
      assertEquals(431, Response.parse(readAll(socket)).getFirst().status());
    }
  }

  @Test
  void closeLetsAResponseFinish() throws Exception {
    start(false);
    try (Socket socket = connect()) {
      send(socket, "GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n".repeat(10));
      InputStream in = socket.getInputStream();
      assertEquals('H', in.read());
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
      String rest = 'H' + readAll(socket);
      closed.get();
      // Requests read before the shutdown are answered in full; no response is truncated.
      List<Response> responses = Response.parse(rest);
      assertFalse(responses.isEmpty());
      responses.forEach(response -> assertEquals(300_000, response.body().length()));
    }
    assertThrows(IOException.class, this::connect);
  }

  @Test
  void closeCutsOffAClientThatDoesNotRead() throws Exception {
    start(false, Duration.ofMillis(300));
    try (Socket socket = connect()) {
      send(socket, "GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n".repeat(100));
      assertEquals('H', socket.getInputStream().read());
      long start = System.nanoTime();
      server.close();
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(millis >= 250 && millis < 5000, "ms: " + millis);
    }
  }

  @Test
  void resetByTheClientIsHarmless() throws Exception {
    start(false, Duration.ofMillis(300));
    try (Socket socket = connect()) {
      send(socket, "GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n".repeat(100));
      assertEquals('H', socket.getInputStream().read());
      socket.setSoLinger(true, 0);
    }
    assertEquals(WebFolder.DIGITS, exchange("/digits.txt"));
    server.close();
    assertEquals(2, server.summary().connections());
  }

  private String exchange(String path) throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET " + path + " HTTP/1.0\r\n\r\n");
      return Response.parse(readAll(socket)).getFirst().body();
    }
  }

  private static void send(Socket socket, String bytes) {
    try {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void shutdownOutput(Socket socket) {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
