package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernel's sockets on this transport's loops, as frameworks use them for DNS. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NioChannelsTest {
  private static final int DATAGRAMS = 200;

  /** Answers each datagram, on the thread of the loop it is registered with. */
  private static final class Echo extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
      assertTrue(ctx.channel().eventLoop().inEventLoop());
      ctx.writeAndFlush(new DatagramPacket(packet.content().retain(), packet.sender()));
    }
  }

  /** Sends the next number once the previous one is back. */
  private static final class PingPong extends SimpleChannelInboundHandler<DatagramPacket> {
    private final InetSocketAddress to;
    private final Promise<Integer> done;
    private int expected;

    PingPong(InetSocketAddress to, Promise<Integer> done) {
      this.to = to;
      this.done = done;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      send(ctx);
    }

    private void send(ChannelHandlerContext ctx) {
      ByteBuf number = ctx.alloc().buffer().writeInt(expected);
      ctx.writeAndFlush(new DatagramPacket(number, to));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
      if (packet.content().readInt() != expected) {
        done.tryFailure(new AssertionError("out of order after " + expected));
      } else if (++expected == DATAGRAMS) {
        done.trySuccess(expected);
      } else {
        send(ctx);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      done.tryFailure(cause);
    }
  }

  private static Channel open(EventLoop loop, ChannelInboundHandlerAdapter handler) {
    Channel channel =
        Net.get(
                new Bootstrap()
                    .group(loop)
                    .channel(NioDatagramChannel.class)
                    .handler(handler)
                    .bind(InetAddress.getLoopbackAddress(), 0),
                "bind")
            .channel();
    assertSame(loop, channel.eventLoop());
    return channel;
  }

  @ParameterizedTest
  @EnumSource(IdleStrategy.class)
  void datagramsReachLoopsThatSleepAndLoopsThatSpin(IdleStrategy strategy) {
    MosEventLoopGroup group = new MosEventLoopGroup(Net.loopbackStack(2), strategy);
    Channel echo = open(group.next(), new Echo());
    Promise<Integer> done = ImmediateEventExecutor.INSTANCE.newPromise();
    long start = System.nanoTime();
    Channel client =
        open(group.next(), new PingPong((InetSocketAddress) echo.localAddress(), done));
    assertEquals(DATAGRAMS, Net.get(done, "echoes").getNow());
    // Had a loop slept anywhere but in the selector, each way would take up to a second.
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertTrue(millis < 20_000, millis + " ms");
    Net.get(client.close(), "close");
    end(group); // closes the other one
    assertTrue(echo.closeFuture().isDone());
  }

  @Test
  void noWakeupIsLostByALoopThatSleepsInTheSelector() {
    MosEventLoopGroup group = new MosEventLoopGroup(Net.loopbackStack(1));
    EventLoop loop = group.next();
    open(loop, new Echo());
    long slowest = 0;
    for (int i = 0; i < 20_000; i++) {
      long start = System.nanoTime();
      Net.get(loop.submit(() -> {}), "task " + i);
      slowest = Math.max(slowest, System.nanoTime() - start);
    }
    // A lost one would cost a second: Netty's loops wake up that often by themselves.
    assertTrue(slowest < TimeUnit.MILLISECONDS.toNanos(900), slowest + " ns");
    end(group);
  }

  @Test
  void tcpAndUdpShareALoop() {
    try (Net net = Net.wire(1, 1)) {
      EventLoop loop = net.serverGroup.next();
      Channel echo = open(loop, new Echo());
      // The server answers each TCP byte only after a datagram of its own has made the round trip.
      InetSocketAddress server =
          net.bind(channel -> channel.pipeline().addLast(new AskOverUdp(loop, echo, net)));
      Promise<Byte> answer = ImmediateEventExecutor.INSTANCE.newPromise();
      Channel client =
          net.connect(
              server,
              channel ->
                  channel
                      .pipeline()
                      .addLast(
                          new SimpleChannelInboundHandler<ByteBuf>() {
                            @Override
                            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
                              answer.trySuccess(msg.readByte());
                            }
                          }));
      client.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {42}));
      assertEquals((byte) 42, Net.get(answer, "answer").getNow());
    }
  }

  private static final class AskOverUdp extends SimpleChannelInboundHandler<ByteBuf> {
    private final EventLoop loop;
    private final Channel echo;
    private final Net net;

    AskOverUdp(EventLoop loop, Channel echo, Net net) {
      this.loop = loop;
      this.echo = echo;
      this.net = net;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext tcp, ByteBuf question) {
      ByteBuf copy = question.retain();
      new Bootstrap()
          .group(loop)
          .channel(NioDatagramChannel.class)
          .handler(
              new SimpleChannelInboundHandler<DatagramPacket>() {
                @Override
                protected void channelRead0(ChannelHandlerContext udp, DatagramPacket packet) {
                  tcp.writeAndFlush(packet.content().retain());
                  udp.close();
                }
              })
          .connect(echo.localAddress())
          .addListener(
              (io.netty.channel.ChannelFuture connected) -> {
                if (connected.isSuccess()) {
                  connected.channel().writeAndFlush(copy);
                } else {
                  net.fail(connected.cause());
                }
              });
    }
  }

  private static void end(MosEventLoopGroup group) {
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "end");
    for (EventExecutor loop : group) {
      assertTrue(loop.isTerminated());
    }
  }
}
