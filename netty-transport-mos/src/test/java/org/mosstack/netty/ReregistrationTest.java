package org.mosstack.netty;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels that are deregistered from their loop and registered again. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReregistrationTest {
  /** What arrives while the channel is deregistered is read once it is back. */
  @Test
  void dataWaitsForTheChannel() {
    try (Net net = Net.loopback(2)) {
      AtomicReference<Channel> accepted = new AtomicReference<>();
      Promise<Integer> received = ImmediateEventExecutor.INSTANCE.newPromise();
      Promise<Void> ended = ImmediateEventExecutor.INSTANCE.newPromise();
      Promise<Void> active = ImmediateEventExecutor.INSTANCE.newPromise();
      Channel client =
          net.connect(
              net.bind(
                  channel ->
                      channel
                          .pipeline()
                          .addLast(
                              new SimpleChannelInboundHandler<ByteBuf>() {
                                @Override
                                public void channelActive(ChannelHandlerContext ctx) {
                                  accepted.set(ctx.channel());
                                  active.setSuccess(null);
                                }

                                @Override
                                protected void channelRead0(
                                    ChannelHandlerContext ctx, ByteBuf msg) {
                                  received.setSuccess(msg.readableBytes());
                                }

                                @Override
                                public void channelInactive(ChannelHandlerContext ctx) {
                                  ended.setSuccess(null);
                                }
                              })),
              _ -> {});
      Net.get(active, "accepted");
      Channel server = accepted.get();
      EventLoop own = server.eventLoop();
      Net.get(server.deregister(), "deregister");
      Net.get(client.writeAndFlush(client.alloc().directBuffer().writeZero(100)), "write");
      Net.get(client.close(), "close"); // its FIN follows the data
      Net.get(own.submit(() -> {}), "a turn");
      assertFalse(received.isDone());
      Net.get(own.register(server), "register");
      assertEquals(100, Net.get(received, "data").getNow());
      Net.get(ended, "end of stream");
    }
  }

  /** So is what arrives before a reset. */
  @Test
  void whatCameBeforeAResetWaitsForTheChannel() {
    try (Net net = Net.loopback(2)) {
      Recorder recorder = new Recorder();
      Channel client =
          net.connect(net.bind(channel -> channel.pipeline().addLast(recorder)), _ -> {});
      recorder.expect("active");
      MosSocketChannel server = recorder.channel;
      EventLoop own = server.eventLoop();
      Net.get(server.deregister(), "deregister");
      Net.get(client.writeAndFlush(Unpooled.copiedBuffer("last words", US_ASCII)), "write");
      client.config().setOption(ChannelOption.SO_LINGER, 0);
      Net.get(client.close(), "reset");
      Net.get(own.submit(() -> {}), "a turn");
      Net.get(own.register(server), "register");
      recorder.expect("read last words");
      recorder.expect("SocketException: Connection reset by peer");
      recorder.expect("inactive");
      Quiescence.awaitNoBuffers(net.serverGroup);
    }
  }

  /** It is released with the channel if that never comes back. */
  @Test
  void whatCameBeforeAResetIsFreedWithTheChannel() {
    try (Net net = Net.loopback(2)) {
      Recorder recorder = new Recorder();
      Channel client =
          net.connect(net.bind(channel -> channel.pipeline().addLast(recorder)), _ -> {});
      recorder.expect("active");
      MosSocketChannel server = recorder.channel;
      Net.get(server.deregister(), "deregister");
      Net.get(client.writeAndFlush(Unpooled.copiedBuffer("last words", US_ASCII)), "write");
      client.config().setOption(ChannelOption.SO_LINGER, 0);
      Net.get(client.close(), "reset");
      Quiescence.awaitNoConnections(net.serverGroup);
      Net.get(server.close(), "close");
      Quiescence.awaitNoBuffers(net.serverGroup);
    }
  }
}
