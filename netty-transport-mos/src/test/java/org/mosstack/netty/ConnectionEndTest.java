package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table in docs/epoll-features.md, cell by cell, here and on epoll: what a channel with unread
 * data is told when its connection ends.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ConnectionEndTest {
  /** Less than an initial congestion window: an RST overtakes none of it. */
  private static final int BYTES = 10_000;

  /** Fits into the server's send buffer, but not into the client's receive buffer. */
  private static final int STUCK_BYTES = 50_000;

  private static final int SMALL_BUFFER = 4096;
  private static final int USER_TIMEOUT_MILLIS = 200;

  private final Log log = new Log();

  /** How the connection ends. */
  enum End {
    FIN(null),
    RST("Connection reset by peer"),
    TIMEOUT("Connection timed out");

    /** Part of the exception's message, or null if there is none. */
    private final String error;

    End(String error) {
      this.error = error;
    }
  }

  static Stream<Arguments> cells() {
    List<Arguments> cells = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (End end : End.values()) {
        for (boolean autoRead : new boolean[] {true, false}) {
          for (boolean halfClosure : new boolean[] {true, false}) {
            cells.add(Arguments.of(kind, end, autoRead, halfClosure));
          }
        }
      }
    }
    return cells.stream();
  }

  @ParameterizedTest(name = "{0}: {1}, auto-read {2}, half closure {3}")
  @MethodSource("cells")
  void unreadDataThenTheEnd(Kind kind, End end, boolean autoRead, boolean halfClosure)
      throws Exception {
    try (Kind.Host host = kind.open()) {
      Channel listening = listen(host, autoRead, halfClosure);
      Channel client = connect(host, listening);
      Channel server = log.awaitActive();
      send(client);
      switch (end) {
        case FIN -> Net.get(((SocketChannel) client).shutdownOutput(), "shutdownOutput");
        case RST -> reset(client);
        case TIMEOUT -> timeOut(server);
      }
      log.expect("read " + BYTES);
      if (end.error != null) {
        log.expect(end.error);
      }
      if (halfClosure) {
        log.expect("ChannelInputShutdownEvent");
        log.expect("ChannelInputShutdownReadComplete");
        Net.get(server.eventLoop().submit(() -> {}), "a turn");
        assertTrue(server.isActive());
        assertTrue(((SocketChannel) server).isInputShutdown());
        writesAfterwards(end, server);
      }
      log.expect("inactive");
      Net.get(client.close(), "close");
      log.expectNothing();
    }
  }

  /** A half-closed channel that can still write does so; a broken one fails and closes. */
  private static void writesAfterwards(End end, Channel server) {
    ChannelFuture write = Net.await(server.writeAndFlush(zeros(10)), "write");
    if (end == End.FIN) {
      assertTrue(write.isSuccess());
      Net.get(server.close(), "close");
    } else {
      assertInstanceOf(IOException.class, write.cause());
      assertTrue(write.cause().getMessage().contains("Broken pipe"), write.cause().getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aWriteThatWaitsGetsTheErrorAndNobodyElse(Kind kind) throws Exception {
    try (Kind.Host host = kind.open()) {
      Channel listening = listen(host, true, false);
      Channel client = connect(host, listening);
      Channel server = log.awaitActive();
      send(client);
      log.awaitBytes(); // epoll tells the writer first, and then reads no further
      ChannelFuture write = server.writeAndFlush(zeros(20 << 20));
      log.told(write);
      Net.get(server.eventLoop().submit(() -> {}), "a turn");
      reset(client);
      log.expect("read " + BYTES);
      log.expect("write: Connection reset by peer");
      log.expect("inactive");
      log.expectNothing();
    }
  }

  /** Better than epoll, which closes the channel when the write fails, whatever is unread. */
  @ParameterizedTest
  @EnumSource(value = Kind.class, names = "MOS")
  void whatIsUnreadComesBeforeTheErrorOfAWrite(Kind kind) throws Exception {
    try (Kind.Host host = kind.open()) {
      Channel listening = listen(host, false, false);
      Channel client = connect(host, listening);
      Channel server = log.awaitActive();
      send(client);
      log.told(server.writeAndFlush(zeros(20 << 20)));
      Net.get(server.eventLoop().submit(() -> {}), "a turn");
      reset(client);
      log.expect("read " + BYTES);
      log.expect("write: Connection reset by peer");
      log.expect("inactive");
      log.expectNothing();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aResetBehindTheEndIsToldToTheNextWrite(Kind kind) throws Exception {
    try (Kind.Host host = kind.open()) {
      Channel listening = listen(host, true, true);
      Channel client = connect(host, listening);
      Channel server = log.awaitActive();
      send(client);
      Net.get(((SocketChannel) client).shutdownOutput(), "shutdownOutput");
      log.expect("read " + BYTES);
      log.expect("ChannelInputShutdownEvent");
      log.expect("ChannelInputShutdownReadComplete");
      reset(client);
      ChannelFuture write;
      do { // until the RST has arrived
        write = Net.await(server.writeAndFlush(zeros(1)), "write");
      } while (write.isSuccess());
      assertTrue(write.cause().getMessage().contains("Broken pipe"), write.cause().getMessage());
      log.expect("inactive");
      log.expectNothing();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void oneThatIsResetBeforeItIsAcceptedIsAcceptedAndRead(Kind kind) throws Exception {
    try (Kind.Host host = kind.open()) {
      Channel listening =
          Net.get(
                  host.server()
                      .option(ChannelOption.AUTO_READ, false)
                      .childHandler(log)
                      .bind(host.address()),
                  "bind")
              .channel();
      Channel client = connect(host, listening);
      send(client);
      reset(client);
      Net.get(listening.eventLoop().submit(() -> {}), "a turn");
      listening.read();
      log.awaitActive();
      log.expect("read " + BYTES);
      log.expect("Connection reset by peer");
      log.expect("inactive");
      log.expectNothing();
    }
  }

  private Channel listen(Kind.Host host, boolean autoRead, boolean halfClosure) {
    return Net.get(
            host.server()
                .childOption(ChannelOption.AUTO_READ, autoRead)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
                .childHandler(log)
                .bind(host.address()),
            "bind")
        .channel();
  }

  /** Connects a client that doesn't read, so that what the server writes gets stuck. */
  private static Channel connect(Kind.Host host, Channel listening) {
    return Net.get(
            host.client()
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.SO_RCVBUF, SMALL_BUFFER)
                .handler(
                    new ChannelInitializer<>() {
                      @Override
                      protected void initChannel(Channel channel) {
                        // It only writes.
                      }
                    })
                .connect(listening.localAddress()),
            "connect")
        .channel();
  }

  private static void send(Channel client) {
    Net.get(client.writeAndFlush(zeros(BYTES)), "write");
  }

  private static void reset(Channel client) {
    client.config().setOption(ChannelOption.SO_LINGER, 0);
    Net.get(client.close(), "reset");
  }

  private static void timeOut(Channel server) {
    server.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, USER_TIMEOUT_MILLIS);
    Net.get(server.writeAndFlush(zeros(STUCK_BYTES)), "write that fits the send buffer");
  }

  private static ByteBuf zeros(int bytes) {
    return Unpooled.directBuffer(bytes).writeZero(bytes);
  }

  /** Records a channel's events; reads are added up. */
  private static final class Log extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<Channel> active = new LinkedBlockingQueue<>();
    private final CountDownLatch arrived = new CountDownLatch(BYTES);
    private int bytes;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      active.add(ctx.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      int n = ((ByteBuf) msg).readableBytes();
      ((ByteBuf) msg).release();
      bytes += n;
      for (int i = 0; i < n; i++) {
        arrived.countDown();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      add(event.getClass().getSimpleName());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      add(cause.getClass().getSimpleName() + ": " + cause.getMessage());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      add("inactive");
    }

    private void add(String event) {
      if (bytes > 0) {
        events.add("read " + bytes);
        bytes = 0;
      }
      events.add(event);
    }

    void told(ChannelFuture write) {
      write.addListener(future -> add("write: " + lastPart(future.cause().getMessage())));
    }

    /** Epoll's messages start with the failed call. */
    private static String lastPart(String message) {
      return message.substring(message.lastIndexOf(": ") + 1).strip();
    }

    Channel awaitActive() throws InterruptedException {
      Channel channel = active.poll(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertNotNull(channel, "timed out: accept");
      return channel;
    }

    void awaitBytes() throws InterruptedException {
      assertTrue(arrived.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS), "timed out: data");
    }

    void expect(String part) throws InterruptedException {
      String event = events.poll(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertNotNull(event, "timed out waiting for " + part);
      boolean plain = !event.contains(": ");
      assertTrue(plain ? event.equals(part) : event.contains(part), part + ", but was " + event);
    }

    void expectNothing() {
      assertEquals(List.of(), List.copyOf(events));
      assertFalse(bytes > 0);
    }
  }
}
