package org.mosstack.frameworks;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import java.net.InetSocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** A server's and a client's stack, joined by a wire; closing it checks that nothing is left. */
final class Wire implements AutoCloseable {
  private static final int CORES = 2;
  private static final int BUFFER_BYTES = 65_536;
  private static final String SERVER_IP = "10.0.0.1";
  private static final String CLIENT_IP = "10.0.0.2";

  final MosEventLoopGroup server;
  final MosEventLoopGroup client;

  Wire() {
    WireHub hub = new WireHub(new SplittableRandom(1));
    server = new MosEventLoopGroup(start(SERVER_IP, hub));
    client = new MosEventLoopGroup(start(CLIENT_IP, hub));
  }

  private static MosStack start(String ip, WireHub hub) {
    CoreMask cores = CoreMask.range(CORES);
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, cores)
            .set(MosKeys.MAX_CONCURRENCY, 1000)
            .set(MosKeys.MAX_NUM_BUFFERS, 20_000)
            .set(MosKeys.RMEM_SIZE, BUFFER_BYTES)
            .set(MosKeys.WMEM_SIZE, BUFFER_BYTES)
            .netdev("wire0 " + cores + " " + ip + "/24 wire=cable")
            .build();
    return MosStack.builder(config).allowOversubscribe(true).device(WireHub.WIRE, hub).start();
  }

  InetSocketAddress serve(Consumer<Channel> initializer) {
    Channel channel =
        new ServerBootstrap()
            .group(server)
            .channel(MosServerSocketChannel.class)
            .childHandler(handler(initializer))
            .bind(new InetSocketAddress(SERVER_IP, 0))
            .syncUninterruptibly()
            .channel();
    return (InetSocketAddress) channel.localAddress();
  }

  Channel connect(InetSocketAddress to, Consumer<Channel> initializer) {
    return new Bootstrap()
        .group(client)
        .channel(MosSocketChannel.class)
        .handler(handler(initializer))
        .connect(to)
        .syncUninterruptibly()
        .channel();
  }

  static ChannelHandler handler(Consumer<Channel> initializer) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        initializer.accept(channel);
      }
    };
  }

  @Override
  public void close() {
    var serverEnd = server.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    var clientEnd = client.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    Await.get(serverEnd, "server's end");
    Await.get(clientEnd, "client's end");
    LeakCounter.assertNothingIsHeld();
  }
}
