package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.stats.Counter;

/** Connections are served by the loops the user names, whatever core they arrive on. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ServingLoopsTest {
  private static final int CORES = 4;
  private static final int CONNECTIONS = 24;
  private static final int BYTES = 100_000;

  private final Set<EventLoop> serving = ConcurrentHashMap.newKeySet();
  private final Set<EventLoop> seen = ConcurrentHashMap.newKeySet();

  /** Echoes, and records the loop, whose thread it must run on. */
  private final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      assertTrue(ctx.channel().eventLoop().inEventLoop());
      seen.add(ctx.channel().eventLoop());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ctx.writeAndFlush(msg);
    }
  }

  private static final class Counting extends SimpleChannelInboundHandler<ByteBuf> {
    private Promise<Void> all;
    private int missing;

    /** Sends bytes, and expects as many back; on the loop. */
    void exchange(ChannelHandlerContext ctx, Promise<Void> done) {
      all = done;
      missing = BYTES;
      ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[BYTES]));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      missing -= msg.readableBytes();
      if (missing == 0) {
        all.trySuccess(null);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (all != null) {
        all.tryFailure(new AssertionError("closed with " + missing + " bytes missing"));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      all.tryFailure(cause);
    }
  }

  private static void exchange(List<Channel> clients) {
    List<Promise<Void>> results = new ArrayList<>();
    for (Channel client : clients) {
      Promise<Void> result = ImmediateEventExecutor.INSTANCE.newPromise();
      results.add(result);
      ChannelHandlerContext ctx = client.pipeline().context(Counting.class);
      client.eventLoop().execute(() -> client.pipeline().get(Counting.class).exchange(ctx, result));
    }
    results.forEach(result -> Net.get(result, "exchange"));
  }

  private static List<Channel> connect(Net net, InetSocketAddress address) {
    List<Channel> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(net.connect(address, c -> c.pipeline().addLast(new Counting())));
    }
    return clients;
  }

  private static EventLoop loop(Net net, int core) {
    List<EventLoop> loops = new ArrayList<>();
    net.serverGroup.forEach(loop -> loops.add((EventLoop) loop));
    return loops.get(core);
  }

  private void serve(Net net, int... cores) {
    Set<EventLoop> wanted = new HashSet<>();
    for (int core : cores) {
      wanted.add(loop(net, core));
    }
    serving.addAll(wanted);
    serving.retainAll(wanted);
    seen.clear();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void connectionsAreServedByTheLoopsNamed(boolean loopback) {
    try (Net net = loopback ? Net.loopback(CORES) : Net.wire(CORES, 2)) {
      serve(net, 1);
      Channel server =
          Net.get(
                  net.server(c -> c.pipeline().addLast(new Echo()))
                      .option(MosChannelOption.SERVING_LOOPS, serving::contains)
                      .bind(net.address(0)),
                  "bind")
              .channel();
      InetSocketAddress address = (InetSocketAddress) server.localAddress();
      List<Channel> first = connect(net, address);
      exchange(first);
      assertEquals(serving, seen);

      // Other loops now: existing connections stay, new ones from the same cores go elsewhere.
      serve(net, 0, 3);
      List<Channel> second = connect(net, address);
      assertEquals(serving, seen);
      exchange(first);
      exchange(second);

      // The connections outlive the server channel.
      Net.get(server.close(), "close");
      exchange(first);
      exchange(second);
      first.forEach(c -> Net.get(c.close(), "close"));
      second.forEach(c -> Net.get(c.close(), "close"));
      Quiescence.awaitNoConnections(net.serverGroup);
      Quiescence.awaitNoConnections(net.clientGroup);
      assertEquals(0, net.serverStack.count(Counter.DROP_CORE_RING_FULL));
    }
  }

  /** The loops that a user knows are the group's parts of those that the stack has. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theSharedStacksLoopsAreNamedByEachGroupsOwn(boolean oneGroup) {
    MosEventLoopGroup workers = new MosEventLoopGroup();
    MosEventLoopGroup acceptors = oneGroup ? workers : new MosEventLoopGroup();
    MosEventLoopGroup clients = new MosEventLoopGroup();
    try {
      serving.add(workers.next());
      Channel server =
          Net.get(
                  new ServerBootstrap()
                      .group(acceptors, workers)
                      .channel(MosServerSocketChannel.class)
                      .option(MosChannelOption.SERVING_LOOPS, serving::contains)
                      .childHandler(
                          new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                              channel.pipeline().addLast(new Echo());
                            }
                          })
                      .bind("127.0.0.1", 0),
                  "bind")
              .channel();
      Bootstrap client =
          new Bootstrap()
              .group(clients)
              .channel(MosSocketChannel.class)
              .remoteAddress(server.localAddress());
      List<Channel> channels = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        channels.add(Net.get(client.handler(new Counting()).connect(), "connect").channel());
      }
      exchange(channels);
      assertEquals(serving, seen);
    } finally {
      for (EventLoopGroup group : new HashSet<>(List.of(workers, acceptors, clients))) {
        Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void withNoLoopNamedEachServesItsOwn(boolean none) {
    try (Net net = Net.wire(CORES, 1)) {
      Channel server =
          Net.get(
                  net.server(c -> c.pipeline().addLast(new Echo()))
                      .option(MosChannelOption.SERVING_LOOPS, none ? null : loop -> false)
                      .bind(net.address(0)),
                  "bind")
              .channel();
      exchange(connect(net, (InetSocketAddress) server.localAddress()));
      assertTrue(seen.size() > 1, "loops " + seen);
    }
  }

  /** The predicate is called in the middle of a packet burst: no SYN may get lost. */
  @Test
  void withAPredicateThatThrowsEachServesItsOwn() {
    try (Net net = Net.wire(CORES, 2)) {
      Predicate<EventLoop> throwing =
          _ -> {
            throw new IllegalStateException("thrown by the test");
          };
      Channel server =
          Net.get(
                  net.server(c -> c.pipeline().addLast(new Echo()))
                      .option(MosChannelOption.SERVING_LOOPS, throwing)
                      .bind(net.address(0)),
                  "bind")
              .channel();
      List<Channel> clients = connect(net, (InetSocketAddress) server.localAddress());
      exchange(clients);
      assertTrue(seen.size() > 1, "loops " + seen);
      assertTrue(net.serverStack.count(Counter.HANDLER_EXCEPTIONS) >= CONNECTIONS);
      clients.forEach(c -> Net.get(c.close(), "close"));
      Quiescence.awaitNoBuffers(net.serverGroup);
    }
  }
}
