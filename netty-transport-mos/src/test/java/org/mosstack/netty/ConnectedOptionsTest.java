package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.socket.TcpConnection;

/** Options of connected channels: what is in effect on both sides, and what it does. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ConnectedOptionsTest {
  private static final int MEGABYTE = 1 << 20;
  private static final int TIMESTAMPS_BYTES = 12;

  private enum Medium {
    LOOPBACK,
    WIRE,
    MEMIF;

    Net open(int cores) {
      return switch (this) {
        case LOOPBACK -> Net.loopback(cores);
        case WIRE -> Net.wire(cores, cores);
        case MEMIF -> Net.memif(cores, cores);
      };
    }
  }

  private Net net;
  private final BlockingQueue<MosSocketChannel> accepted = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    net.close();
  }

  private InetSocketAddress bind(ServerBootstrap bootstrap) {
    Channel server = Net.get(bootstrap.bind(net.address(0)), "bind").channel();
    return (InetSocketAddress) server.localAddress();
  }

  private ServerBootstrap server() {
    return net.server(channel -> accepted.add((MosSocketChannel) channel));
  }

  private MosSocketChannel accepted() throws InterruptedException {
    MosSocketChannel channel = accepted.poll(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    assertTrue(channel != null, "nothing was accepted");
    return channel;
  }

  private static <T> T onLoop(Channel channel, Callable<T> call) {
    return Net.get(channel.eventLoop().submit(call), "task").getNow();
  }

  private static int of(MosSocketChannel channel, ToIntFunction<TcpConnection> figure) {
    return onLoop(channel, () -> figure.applyAsInt(channel.connection()));
  }

  private static boolean isCorked(MosSocketChannel channel) {
    return onLoop(channel, () -> channel.connection().isCorked());
  }

  /** Counts bytes, and completes a promise when all have arrived. */
  private static final class Sink extends ChannelInboundHandlerAdapter {
    private final int expected;
    private final Promise<Long> done;
    private int received;

    Sink(int expected, Promise<Long> done) {
      this.expected = expected;
      this.done = done;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf buffer = (ByteBuf) message;
      received += buffer.readableBytes();
      buffer.release();
      if (received == expected) {
        done.setSuccess(System.nanoTime());
      }
    }
  }

  private static ByteBuf bytes(Channel channel, int n) {
    return channel.alloc().directBuffer(n).writeZero(n);
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  void acceptedChannelsInheritTheServersOptions(Medium medium) throws Exception {
    net = medium.open(2);
    ServerBootstrap bootstrap =
        server()
            .option(ChannelOption.SO_RCVBUF, MEGABYTE)
            .option(ChannelOption.SO_SNDBUF, 40_000)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.IP_TOS, 0x10)
            .option(MosChannelOption.IP_TTL, 7)
            .option(MosChannelOption.TCP_MAXSEG, 500)
            .option(MosChannelOption.TCP_KEEPIDLE, 11)
            .option(MosChannelOption.TCP_KEEPINTVL, 12)
            .option(MosChannelOption.TCP_KEEPCNT, 13)
            .option(MosChannelOption.TCP_USER_TIMEOUT, 14_000)
            .option(MosChannelOption.TCP_NOTSENT_LOWAT, 15_000L)
            .childOption(MosChannelOption.TCP_KEEPCNT, 99);
    MosSocketChannel client = (MosSocketChannel) net.connect(bind(bootstrap), _ -> {});
    MosSocketChannel child = accepted();
    onLoop(child, () -> null); // the child options are set
    MosSocketChannelConfig config = child.config();
    assertEquals(MEGABYTE, config.getReceiveBufferSize());
    assertEquals(40_000, config.getSendBufferSize());
    assertTrue(config.isKeepAlive());
    assertEquals(0x10, config.getTrafficClass());
    assertEquals(7, config.getIpTtl());
    assertEquals(11, config.getTcpKeepIdle());
    assertEquals(12, config.getTcpKeepIntvl());
    assertEquals(99, config.getTcpKeepCnt());
    assertEquals(14_000, config.getTcpUserTimeout());
    assertEquals(15_000, config.getTcpNotSentLowAt());
    assertTrue(config.isTcpNoDelay()); // Netty's default is the channel's own
    assertEquals(7, of(child, TcpConnection::ttl));
    assertEquals(0x10, of(child, TcpConnection::tos));
    assertEquals(99, of(child, TcpConnection::keepProbes));
    assertEquals(500 - TIMESTAMPS_BYTES, config.getTcpMaxSeg());
    assertEquals(500 - TIMESTAMPS_BYTES, client.config().getTcpMaxSeg());
    assertEquals(5, client.tcpInfo().sndWscale()); // a megabyte needs 21 bits, the field has 16
    Net.get(client.close(), "close");
  }

  @Test
  void serversChangeCountsForLaterConnections() throws Exception {
    net = Net.wire(1, 1);
    Channel server = Net.get(server().bind(net.address(0)), "bind").channel();
    InetSocketAddress to = (InetSocketAddress) server.localAddress();
    net.connect(to, _ -> {});
    MosSocketChannel before = accepted();
    ((MosServerSocketChannel) server).config().setIpTtl(9).setTrafficClass(4);
    net.connect(to, _ -> {});
    MosSocketChannel after = accepted();
    assertEquals(64, of(before, TcpConnection::ttl));
    assertEquals(9, of(after, TcpConnection::ttl));
    assertEquals(4, after.config().getTrafficClass());
    before.close();
    after.close();
  }

  /** Channels share what is the same for all of them, until it is to differ. */
  @Test
  void aChannelsOptionsAreItsOwn() throws Exception {
    net = Net.wire(1, 1);
    InetSocketAddress to = bind(server());
    MosSocketChannel client = (MosSocketChannel) net.connect(to, _ -> {});
    MosSocketChannel other = (MosSocketChannel) net.connect(to, _ -> {});
    MosSocketChannel child = accepted();
    MosSocketChannel sibling = accepted();
    client.config().setIpTtl(9).setTcpKeepCnt(3).setTcpCongestion("newreno");
    child.config().setIpTtl(8).setReceiveBufferSize(MEGABYTE);
    onLoop(client, () -> null); // the options are applied
    onLoop(child, () -> null);
    for (MosSocketChannel untouched : List.of(other, sibling)) {
      assertEquals(64, untouched.config().getIpTtl());
      assertEquals(9, untouched.config().getTcpKeepCnt());
      assertEquals("cubic", untouched.config().getTcpCongestion());
      assertEquals(65_535, untouched.config().getReceiveBufferSize());
      assertEquals(64, of(untouched, TcpConnection::ttl));
    }
    assertEquals("newreno", client.config().getTcpCongestion());
    assertEquals(3, of(client, TcpConnection::keepProbes));
    assertEquals(9, of(client, TcpConnection::ttl));
    assertEquals(8, of(child, TcpConnection::ttl));
    assertEquals(MEGABYTE, child.config().getReceiveBufferSize());
  }

  @Test
  void clientsReceiveBufferChoosesTheWindowScale() throws Exception {
    net = Net.wire(1, 1); // its stacks have 65,536-byte buffers, which need a scale of 1
    InetSocketAddress to = bind(server());
    Channel client =
        Net.get(
                net.client(_ -> {}).option(ChannelOption.SO_RCVBUF, MEGABYTE).connect(to),
                "connect")
            .channel();
    MosSocketChannel child = accepted();
    assertEquals(5, child.tcpInfo().sndWscale());
    MosTcpInfo info = ((MosSocketChannel) client).tcpInfo();
    assertEquals(5, info.rcvWscale());
    assertEquals(MEGABYTE, info.rcvSsthresh());
    assertEquals(MEGABYTE, client.config().getOption(ChannelOption.SO_RCVBUF));
    Net.get(client.close(), "close");
  }

  @Test
  void clientsMssTosAndTtlAreInItsHandshake() throws Exception {
    net = Net.wire(1, 1);
    InetSocketAddress to = bind(server());
    Channel client =
        Net.get(
                net.client(_ -> {})
                    .option(MosChannelOption.TCP_MAXSEG, 536)
                    .option(MosChannelOption.IP_TTL, 3)
                    .option(ChannelOption.IP_TOS, 8)
                    .connect(to),
                "connect")
            .channel();
    MosSocketChannel child = accepted();
    assertEquals(536 - TIMESTAMPS_BYTES, child.tcpInfo().sndMss());
    assertEquals(536 - TIMESTAMPS_BYTES, client.config().getOption(MosChannelOption.TCP_MAXSEG));
    assertEquals(3, of((MosSocketChannel) client, TcpConnection::ttl));
    assertEquals(8, of((MosSocketChannel) client, TcpConnection::tos));
    // Too late for this connection, as on Linux.
    ((MosSocketChannel) client).config().setTcpMaxSeg(1000);
    assertEquals(536 - TIMESTAMPS_BYTES, client.config().getOption(MosChannelOption.TCP_MAXSEG));
    Net.get(client.close(), "close");
  }

  @ParameterizedTest
  @EnumSource(Medium.class)
  void corkHoldsAPartialSegmentForItsTime(Medium medium) {
    net = medium.open(1);
    Promise<Long> arrived = net.serverGroup.next().newPromise();
    InetSocketAddress to = net.bind(channel -> channel.pipeline().addLast(new Sink(100, arrived)));
    MosSocketChannel client = (MosSocketChannel) net.connect(to, _ -> {});
    client.config().setTcpCork(true);
    final long start = System.nanoTime();
    client.writeAndFlush(bytes(client, 100));
    Net.get(arrived, "corked bytes");
    long millis = TimeUnit.NANOSECONDS.toMillis(arrived.getNow() - start);
    assertTrue(millis >= 195, "came after " + millis + " ms");
    Net.get(client.close(), "close");
  }

  @Test
  void uncorkingLetsGoAndACorkSetAgainHolds() {
    net = Net.wire(1, 1);
    Promise<Long> arrived = net.serverGroup.next().newPromise();
    InetSocketAddress to = net.bind(channel -> channel.pipeline().addLast(new Sink(100, arrived)));
    MosSocketChannel client = (MosSocketChannel) net.connect(to, _ -> {});
    MosSocketChannelConfig config = client.config();
    // In one task, so that both changes apply to what is written between them.
    onLoop(
        client,
        () -> {
          config.setTcpCork(true);
          client.writeAndFlush(bytes(client, 100));
          assertTrue(client.connection().isCorked());
          config.setTcpCork(false);
          assertFalse(client.connection().isCorked());
          return null;
        });
    Net.get(arrived, "uncorked bytes");
    config.setTcpCork(true);
    assertTrue(isCorked(client));
    Net.get(client.close(), "close");
  }

  @Test
  void unsentBytesAreBounded() throws Exception {
    net = Net.wire(1, 1);
    Promise<Long> arrived = net.serverGroup.next().newPromise();
    InetSocketAddress to =
        bind(
            net.server(
                    channel -> {
                      channel.pipeline().addLast(new Sink(MEGABYTE, arrived));
                      accepted.add((MosSocketChannel) channel);
                    })
                .childOption(ChannelOption.AUTO_READ, false));
    MosSocketChannel client =
        (MosSocketChannel)
            Net.get(
                    net.client(_ -> {})
                        .option(ChannelOption.SO_SNDBUF, 2 * MEGABYTE)
                        .option(MosChannelOption.TCP_NOTSENT_LOWAT, 5_000L)
                        .connect(to),
                    "connect")
                .channel();
    MosSocketChannel child = accepted();
    var written = client.writeAndFlush(bytes(client, MEGABYTE));
    // The most that TCP can have taken: the peer's window, the limit and a segment.
    int most = 65_536 + 5_000 + 1460;
    int taken = of(client, TcpConnection::unacknowledgedBytes);
    assertTrue(taken > 0 && taken <= most, taken + " bytes taken");
    assertTrue(!written.isDone() && !client.isWritable(), "all was taken at once");
    child.config().setAutoRead(true);
    Net.get(arrived, "all bytes");
    Net.get(written, "write");
    Net.get(client.close(), "close");
  }

  @Test
  void silentConnectionIsNotAccepted() throws Exception {
    net = Net.wire(1, 1);
    InetSocketAddress to = bind(server().option(MosChannelOption.TCP_DEFER_ACCEPT, 3600));
    Channel silent = net.connect(to, _ -> {});
    Channel talking = net.connect(to, _ -> {});
    talking.writeAndFlush(bytes(talking, 1));
    // The order of arrival shows it: the first to connect is accepted last.
    assertEquals(talking.localAddress(), accepted().remoteAddress());
    silent.writeAndFlush(bytes(silent, 1));
    assertEquals(silent.localAddress(), accepted().remoteAddress());
    Net.get(talking.close(), "close");
    Net.get(silent.close(), "close");
  }

  @Test
  void silentConnectionIsAcceptedWhenItsTimeIsOver() throws Exception {
    net = Net.wire(1, 1);
    InetSocketAddress to = bind(server().option(MosChannelOption.TCP_DEFER_ACCEPT, 1));
    final long start = System.nanoTime();
    Channel silent = net.connect(to, _ -> {});
    MosSocketChannel child = accepted();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertTrue(millis >= 990, "accepted after " + millis + " ms");
    assertEquals(silent.localAddress(), child.remoteAddress());
    Net.get(silent.close(), "close");
  }

  @Test
  void figuresFromItsLoopAnotherLoopAndAnotherThread() throws Exception {
    net = Net.wire(2, 2);
    InetSocketAddress to = bind(server());
    MosSocketChannel client = (MosSocketChannel) net.connect(to, _ -> {});
    MosSocketChannel child = accepted();
    Promise<Long> arrived = child.eventLoop().newPromise();
    child.pipeline().addLast(new Sink(200_000, arrived));
    client.writeAndFlush(bytes(client, 200_000));
    Net.get(arrived, "bytes");
    MosTcpInfo mine = client.tcpInfo();
    final MosTcpInfo loops = onLoop(client, client::tcpInfo);
    final MosTcpInfo others = onLoop(child, client::tcpInfo); // a loop that asks doesn't block
    for (MosTcpInfo info : new MosTcpInfo[] {mine, loops, others}) {
      assertEquals(1, info.state());
      assertEquals(7, info.options());
      assertEquals(1448, info.sndMss());
      assertEquals(1448, info.advmss());
      assertEquals(1500, info.pmtu());
      assertTrue(info.rtt() > 0 && info.rto() >= 200_000, info.rtt() + ", " + info.rto());
      assertTrue(info.sndCwnd() >= 1, "window " + info.sndCwnd());
    }
    assertEquals(1448, child.tcpInfo().rcvMss());
    assertSame(mine, client.tcpInfo(mine));
    Net.get(client.close(), "close");
    ChannelException closed = assertThrows(ChannelException.class, client::tcpInfo);
    assertInstanceOf(ClosedChannelException.class, closed.getCause());
  }

  @Test
  void figuresAreReadWhileConnectionsComeAndGo() throws Exception {
    net = Net.wire(1, 1);
    InetSocketAddress to = bind(server());
    for (int i = 0; i < 200; i++) {
      MosSocketChannel client = (MosSocketChannel) net.connect(to, _ -> {});
      MosSocketChannel child = accepted();
      client.writeAndFlush(bytes(client, 10)).addListener(_ -> client.close());
      // The peer closes meanwhile: either this connection's figures or none.
      try {
        for (int k = 0; k < 1000; k++) {
          MosTcpInfo info = child.tcpInfo();
          assertTrue(info.state() >= 1 && info.state() <= 11, "state " + info.state());
          assertEquals(1448, info.sndMss());
          assertTrue(info.unacked() >= 0 && info.lastAckRecv() >= 0, "negative figures");
        }
      } catch (ChannelException e) {
        assertInstanceOf(ClosedChannelException.class, e.getCause());
      }
      Net.await(child.closeFuture(), "end");
    }
  }
}
