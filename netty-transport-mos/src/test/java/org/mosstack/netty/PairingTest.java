package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels on loops that can't serve them: the error names both, and what to do. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PairingTest {
  private static final InetSocketAddress ANYWHERE = new InetSocketAddress("127.0.0.1", 7);

  private static void end(EventLoopGroup group) {
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "group's end");
  }

  private static String refusal(EventLoopGroup group, Channel channel) {
    Throwable cause = Net.await(group.register(channel), "register").cause();
    assertInstanceOf(IllegalStateException.class, cause);
    return cause.getMessage();
  }

  /** They can be on any loop, but have to know their stack there. */
  @Test
  void ourChannelsOnOtherLoops() {
    EventLoopGroup nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    Channel client = new MosSocketChannel();
    Net.get(nio.register(client), "register");
    Throwable refused = Net.await(client.connect(ANYWHERE), "connect").cause();
    assertInstanceOf(SocketException.class, refused);
    assertTrue(refused.getMessage().startsWith("no stack: "), refused.getMessage());
    Channel server = new MosServerSocketChannel();
    Net.get(nio.register(server), "register");
    Throwable unbound = Net.await(server.bind(ANYWHERE), "bind").cause();
    assertInstanceOf(SocketException.class, unbound);
    assertTrue(unbound.getMessage().startsWith("no stack: "), unbound.getMessage());
    end(nio);
  }

  @Test
  void otherChannelsOnOurLoops() {
    MosEventLoopGroup group = new MosEventLoopGroup(Net.loopbackStack(1));
    assertEquals(
        "LocalChannel can't run on MosEventLoop, which serves this transport's channels and NIO's",
        refusal(group, new LocalChannel()));
    Epoll.ensureAvailability(); // loads the library
    assertEquals(
        "EpollSocketChannel can't run on MosEventLoop, which serves this transport's channels and"
            + " NIO's",
        refusal(group, new EpollSocketChannel()));
    assertTrue(group.isIoType(MosIoHandler.class));
    assertTrue(!group.isIoType(NioIoHandler.class));
    end(group);
  }
}
