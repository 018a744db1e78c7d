package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.MosStack;
import org.mosstack.agent.netty.ChannelMover;
import org.mosstack.config.MosConfig;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** Which channels move; none of them is registered. */
class ChannelMoverTest {
  private final List<Channel> channels = new ArrayList<>();
  private final AgentLines lines = new AgentLines();
  private MosStack stack;

  @BeforeEach
  void start() {
    stack = MosStack.start(MosConfig.builder().build());
  }

  @AfterEach
  void end() {
    channels.forEach(channel -> channel.unsafe().closeForcibly());
    lines.close();
    stack.close();
  }

  private ChannelMover mover(String rules) {
    return new ChannelMover(
        new Decisions(Rules.parse(rules), () -> stack, new AgentCounts(), AgentLines.log()));
  }

  private Channel move(String rules, Channel channel, Object bootstrap) {
    channels.add(channel);
    return (Channel) mover(rules).apply(channel, bootstrap);
  }

  private static Bootstrap client(ChannelHandler handler) {
    return new Bootstrap().handler(handler);
  }

  private static ServerBootstrap server(ChannelHandler childHandler) {
    return new ServerBootstrap().childHandler(childHandler);
  }

  private static final class Any extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {}
  }

  private static final class OnlyNio extends ChannelInitializer<NioSocketChannel> {
    @Override
    protected void initChannel(NioSocketChannel channel) {}
  }

  private static final class Subclass extends NioSocketChannel {}

  /** As of a factory that makes channels of sockets which it has got from somewhere. */
  @Test
  void aChannelOfAnOpenSocketStays() throws IOException {
    try (java.nio.channels.ServerSocketChannel open =
        java.nio.channels.ServerSocketChannel.open()) {
      open.bind(new InetSocketAddress("127.0.0.1", 0));
      Channel channel = new NioServerSocketChannel(open);
      assertSame(channel, move("", channel, server(new Any())));
    }
  }

  @Test
  void nettysOwn() {
    assertInstanceOf(MosSocketChannel.class, move("", new NioSocketChannel(), client(new Any())));
    assertInstanceOf(
        MosServerSocketChannel.class, move("", new NioServerSocketChannel(), server(new Any())));
    assertInstanceOf(MosSocketChannel.class, move("", new NioSocketChannel(), new Bootstrap()));
    assertEquals(List.of(), lines.said());
  }

  @Test
  void otherKindsStayAndAreNamedOnce() {
    ChannelMover mover = mover("");
    for (int time = 0; time < 2; time++) {
      for (Channel channel : List.of(new Subclass(), new NioDatagramChannel())) {
        channels.add(channel);
        assertSame(channel, mover.apply(channel, client(new Any())));
      }
    }
    assertEquals(
        List.of(
            "left to the kernel: "
                + Subclass.class.getName()
                + ", a kind of channel that doesn't"
                + " move",
            "left to the kernel: io.netty.channel.socket.nio.NioDatagramChannel, a kind of channel"
                + " that doesn't move"),
        lines.said());
  }

  @Test
  void channelsOfAStackStaySilently() {
    Channel channel = new MosSocketChannel(stack);
    assertSame(channel, move("", channel, client(new Any())));
    assertEquals(List.of(), lines.said());
  }

  @Test
  void anInitializerOfAnotherKindKeepsItsChannel() {
    Channel channel = new NioSocketChannel();
    assertSame(channel, move("", channel, client(new OnlyNio())));
    Channel server = new NioServerSocketChannel();
    assertSame(server, move("", server, server(new OnlyNio())));
    Channel handled = new NioServerSocketChannel();
    assertSame(handled, move("", handled, server(new Any()).handler(new OnlyNio())));
    assertEquals(3, lines.said().size(), lines.said()::toString);
  }

  @Test
  void withoutAStackAllStay() {
    stack.close();
    stack = null;
    try {
      Channel channel = new NioSocketChannel();
      assertSame(channel, move("", channel, client(new Any())));
    } finally {
      start();
    }
  }

  @Test
  void aDryRunMovesNothing() {
    Channel channel = new NioSocketChannel();
    assertSame(channel, move("dryrun", channel, client(new Any())));
    Channel server = new NioServerSocketChannel();
    assertSame(server, move("dryrun", server, server(new Any())));
  }
}
