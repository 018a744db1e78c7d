package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.device.NetDevice;
import org.mosstack.device.WireHub;
import org.mosstack.mbuf.BufferCorruptionError;

/** A loop whose core's packet buffers are corrupted closes its channels and ends. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BufferCorruptionTest {
  /** Returns a device that, once told to, delivers what it receives twice. */
  private static NetDevice repeating(NetDevice inner, AtomicBoolean repeats) {
    return (NetDevice)
        Proxy.newProxyInstance(
            NetDevice.class.getClassLoader(),
            new Class<?>[] {NetDevice.class},
            (_, method, arguments) -> {
              Object result;
              try {
                result = method.invoke(inner, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              boolean received = method.getName().equals("receive") && (int) result == 1;
              if (!received || !repeats.get()) {
                return result;
              }
              long[] mbufs = (long[]) arguments[1];
              mbufs[1] = mbufs[0];
              return 2;
            });
  }

  @Test
  void aPacketThatIsFreedTwiceClosesTheChannelsAndEndsTheLoop() {
    AtomicBoolean repeats = new AtomicBoolean();
    WireHub hub = new WireHub(new SplittableRandom(2));
    MosEventLoopGroup group =
        new MosEventLoopGroup(
            Net.start(
                Net.config(1).netdev("wire0 0x1 10.0.0.1/24 wire=cable"),
                (name, arguments, queues) ->
                    repeating(hub.create(name, arguments, queues), repeats)));
    Channel server =
        Net.get(
                new ServerBootstrap()
                    .group(group)
                    .channel(MosServerSocketChannel.class)
                    .childHandler(new ChannelInboundHandlerAdapter())
                    .bind("10.0.0.1", 80),
                "bind")
            .channel();
    repeats.set(true);
    MosEventLoopGroup neighbours =
        new MosEventLoopGroup(
            Net.start(Net.config(1).netdev("wire0 0x1 10.0.0.2/24 wire=cable"), hub));
    Net.await(server.closeFuture(), "the channel's end"); // the neighbour has announced itself
    Net.await(group.terminationFuture(), "the loop's end");
    Throwable cause = ((SingleThreadEventExecutor) group.next()).terminationFuture().cause();
    assertInstanceOf(BufferCorruptionError.class, cause);
    Net.get(neighbours.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the neighbour's end");
  }
}
