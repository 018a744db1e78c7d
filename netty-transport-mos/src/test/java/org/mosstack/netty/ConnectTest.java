package org.mosstack.netty;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.local.LocalAddress;
import io.netty.resolver.NoopAddressResolverGroup;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connecting: what succeeds, and the exception for each kind of failure. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ConnectTest {
  private static final int CLOSED_PORT = 9;

  private Net net;

  @BeforeEach
  void start() {
    net = Net.wire(1, 1);
  }

  @AfterEach
  void stop() {
    net.close();
  }

  private Bootstrap client() {
    return net.client(_ -> {}).resolver(NoopAddressResolverGroup.INSTANCE);
  }

  private Throwable failure(SocketAddress address) {
    ChannelFuture future = Net.await(client().connect(address), "connect");
    assertFalse(future.isSuccess());
    Net.await(future.channel().closeFuture(), "close after the failure");
    return future.cause();
  }

  @Test
  void refused() {
    Throwable cause = failure(net.address(CLOSED_PORT));
    assertInstanceOf(ConnectException.class, cause);
    assertTrue(cause.getMessage().startsWith("Connection refused"), cause.getMessage());
  }

  @Test
  void timedOut() {
    InetSocketAddress nobody = new InetSocketAddress(Net.SWALLOWING_IP, 80);
    ChannelFuture future =
        Net.await(
            client().option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 150).connect(nobody), "connect");
    assertInstanceOf(ConnectTimeoutException.class, future.cause());
    assertTrue(
        future.cause().getMessage().contains("timed out after 150 ms"),
        future.cause().getMessage());
  }

  @Test
  void noRoute() {
    Throwable cause = failure(new InetSocketAddress("192.168.77.1", 80));
    assertInstanceOf(NoRouteToHostException.class, cause);
    assertTrue(cause.getMessage().startsWith("Network is unreachable"), cause.getMessage());
  }

  @Test
  void hostThatDoesNotAnswerArp() {
    Throwable cause = failure(new InetSocketAddress("10.0.0.98", 80));
    assertInstanceOf(NoRouteToHostException.class, cause);
    assertTrue(cause.getMessage().startsWith("No route to host"), cause.getMessage());
  }

  private static void assertBindFails(String text, ChannelFuture bind) {
    assertInstanceOf(BindException.class, bind.cause());
    assertTrue(bind.cause().getMessage().startsWith(text), bind.cause().getMessage());
  }

  @Test
  void addressesOfTheWrongKind() {
    assertInstanceOf(SocketException.class, failure(new InetSocketAddress("fe80::1", 80)));
    assertInstanceOf(
        UnresolvedAddressException.class, failure(InetSocketAddress.createUnresolved("x", 80)));
    assertInstanceOf(UnsupportedAddressTypeException.class, failure(new LocalAddress("x")));
  }

  @Test
  void localAddressesAreUsed() {
    Recorder accepted = new Recorder();
    InetSocketAddress to = net.bind(channel -> channel.pipeline().addLast(accepted));
    InetSocketAddress from = new InetSocketAddress(Net.CLIENT_IP, 4711);
    Channel channel = Net.get(client().connect(to, from), "connect").channel();
    assertEquals(from, channel.localAddress());
    assertEquals(to, channel.remoteAddress());
    accepted.expect("active");
    assertEquals(from, accepted.channel.remoteAddress());
    assertEquals(to, accepted.channel.localAddress());
    assertEquals(to, accepted.channel.parent().localAddress());

    // The same address pair can't be used twice, nor can the local port be shared.
    ChannelFuture again = Net.await(client().connect(to, from), "second connect");
    assertBindFails("Address already in use", again);

    InetSocketAddress foreign = new InetSocketAddress("10.9.9.9", 0);
    ChannelFuture elsewhere = Net.await(client().connect(to, foreign), "foreign local address");
    assertBindFails("Cannot assign requested address", elsewhere);

    Channel free = Net.get(client().connect(to, new InetSocketAddress(0)), "any").channel();
    assertNotEquals(0, ((InetSocketAddress) free.localAddress()).getPort());
    accepted.expect("active");
    Net.get(channel.close(), "close");
    Net.get(free.close(), "close");
    accepted.expect("inactive");
    accepted.expect("inactive");
  }

  @Test
  void bindBeforeConnect() {
    InetSocketAddress to = net.bind(_ -> {});
    Channel channel = Net.get(client().register(), "register").channel();
    InetSocketAddress from = new InetSocketAddress(Net.CLIENT_IP, 4712);
    Net.get(channel.bind(from), "bind");
    assertEquals(from, channel.localAddress());
    assertFalse(channel.isActive());
    Net.get(channel.connect(to), "connect");
    assertEquals(from, channel.localAddress());
    Net.get(channel.close(), "close");
  }

  @Test
  void connectTwice() {
    InetSocketAddress to = net.bind(_ -> {});
    Channel channel = Net.get(client().connect(to), "connect").channel();
    assertInstanceOf(
        AlreadyConnectedException.class, Net.await(channel.connect(to), "again").cause());
    assertTrue(channel.isActive());
    Net.get(channel.close(), "close");
    assertInstanceOf(
        ClosedChannelException.class, Net.await(channel.connect(to), "once more").cause());

    Channel pending = Net.get(client().register(), "register").channel();
    InetSocketAddress nobody = new InetSocketAddress(Net.SWALLOWING_IP, 80);
    ChannelFuture first = pending.connect(nobody);
    assertInstanceOf(
        ConnectionPendingException.class, Net.await(pending.connect(nobody), "second").cause());
    Net.get(pending.close(), "close");
    assertInstanceOf(ClosedChannelException.class, Net.await(first, "first").cause());
  }

  @Test
  void cancelled() {
    InetSocketAddress nobody = new InetSocketAddress(Net.SWALLOWING_IP, 80);
    ChannelFuture future = client().connect(nobody);
    // The attempt is under way once the channel has its local address.
    Channel channel = future.channel();
    Net.get(channel.eventLoop().submit(() -> {}), "loop");
    assertTrue(future.cancel(false));
    Net.await(channel.closeFuture(), "close after cancel");
    assertInstanceOf(CancellationException.class, future.cause());
  }

  @Test
  void notConnected() {
    Channel channel = Net.get(client().register(), "register").channel();
    MosSocketChannel socket = (MosSocketChannel) channel;
    assertInstanceOf(
        NotYetConnectedException.class,
        Net.await(channel.writeAndFlush(channel.alloc().buffer().writeByte(1)), "write").cause());
    assertInstanceOf(
        NotYetConnectedException.class, Net.await(socket.shutdownInput(), "input").cause());
    Net.get(channel.close(), "close");
    assertInstanceOf(
        ClosedChannelException.class,
        Net.await(channel.writeAndFlush(channel.alloc().buffer().writeByte(1)), "write").cause());
  }

  /** Epoll keeps it until the next flush after the connect; here, the connect flushes it. */
  @Test
  void whatIsFlushedWhileConnectingIsSentThen() throws InterruptedException {
    Recorder accepted = new Recorder();
    InetSocketAddress to = net.bind(channel -> channel.pipeline().addLast(accepted));
    Channel channel = Net.get(client().register(), "register").channel();
    CountDownLatch pending = new CountDownLatch(1);
    AtomicReference<ChannelFuture> write = new AtomicReference<>();
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.connect(to);
              write.set(channel.writeAndFlush(Unpooled.copiedBuffer("early", US_ASCII)));
              assertFalse(write.get().isDone());
              pending.countDown();
            });
    assertTrue(pending.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    Net.get(write.get(), "write");
    accepted.expect("active");
    accepted.expect("read early");
    Net.get(channel.close(), "close");
    accepted.expect("inactive");
  }

  @Test
  void whatIsFlushedWhileConnectingFailsWithTheConnect() throws InterruptedException {
    Channel channel = Net.get(client().register(), "register").channel();
    CountDownLatch pending = new CountDownLatch(1);
    AtomicReference<ChannelFuture> write = new AtomicReference<>();
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.connect(net.address(CLOSED_PORT));
              write.set(channel.writeAndFlush(Unpooled.copiedBuffer("early", US_ASCII)));
              pending.countDown();
            });
    assertTrue(pending.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    assertInstanceOf(ClosedChannelException.class, Net.await(write.get(), "write").cause());
  }

  @Test
  void bindConflicts() {
    InetSocketAddress bound = net.bind(_ -> {});
    ChannelFuture again = Net.await(net.server(_ -> {}).bind(bound), "second bind");
    assertBindFails("Address already in use", again);
    ChannelFuture foreign =
        Net.await(net.server(_ -> {}).bind(new InetSocketAddress("10.9.9.9", 80)), "foreign");
    assertBindFails("Cannot assign requested address", foreign);
    assertInstanceOf(
        SocketException.class,
        Net.await(net.server(_ -> {}).bind(new InetSocketAddress("fe80::1", 80)), "v6").cause());
    assertInstanceOf(
        UnsupportedAddressTypeException.class,
        Net.await(net.server(_ -> {}).bind(new LocalAddress("x")), "local").cause());
  }

  /** As on Linux, all of them succeed; the first one bound on a loop gets its flows. */
  @Test
  void moreReusePortBindsThanLoops() {
    Recorder first = new Recorder();
    Recorder second = new Recorder();
    Channel firstBound = Net.get(reusePort(first).bind(net.address(80)), "bind").channel();
    Net.get(reusePort(second).bind(net.address(80)), "second bind");
    ChannelFuture alone = Net.await(net.server(_ -> {}).bind(net.address(80)), "without it");
    assertBindFails("Address already in use", alone);
    Channel one = net.connect(net.address(80), _ -> {});
    first.expect("active");
    Net.get(firstBound.close(), "close");
    Channel other = net.connect(net.address(80), _ -> {});
    second.expect("active");
    Net.get(one.close(), "close");
    Net.get(other.close(), "close");
    first.expect("inactive");
    second.expect("inactive");
  }

  private ServerBootstrap reusePort(Recorder recorder) {
    return net.server(channel -> channel.pipeline().addLast(recorder))
        .option(MosChannelOption.SO_REUSEPORT, true);
  }

  @Test
  void wildcardsListenOnEveryAddress() {
    Recorder accepted = new Recorder();
    Channel server =
        Net.get(
                net.server(channel -> channel.pipeline().addLast(accepted))
                    .bind(new InetSocketAddress("::", 0)),
                "bind")
            .channel();
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    Channel channel = net.connect(net.address(port), _ -> {});
    accepted.expect("active");
    Net.get(channel.close(), "close");
    accepted.expect("inactive");
    // A closed server refuses connections.
    Net.get(server.close(), "close");
    assertInstanceOf(ConnectException.class, failure(net.address(port)));
  }

  @Test
  void aServerDoesNotConnect() {
    Channel server = Net.get(net.server(_ -> {}).bind(net.address(0)), "bind").channel();
    assertInstanceOf(
        UnsupportedOperationException.class,
        Net.await(server.connect(net.address(CLOSED_PORT)), "connect").cause());
    assertThrows(
        IllegalArgumentException.class,
        () -> ((MosServerSocketChannel) server).config().setReceiveBufferSize(0));
  }
}
