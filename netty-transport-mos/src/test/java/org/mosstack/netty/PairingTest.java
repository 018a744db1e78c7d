package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.nio.NioIoHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels on loops that can't serve them: the error names both, and what to do. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PairingTest {
  private static void end(EventLoopGroup group) {
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "group's end");
  }

  private static String refusal(EventLoopGroup group, Channel channel) {
    Throwable cause = Net.await(group.register(channel), "register").cause();
    assertInstanceOf(IllegalStateException.class, cause);
    return cause.getMessage();
  }

  @Test
  void ourChannelsOnOtherLoops() {
    EventLoopGroup nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    EventLoopGroup tasks = new DefaultEventLoop();
    for (EventLoopGroup group : List.of(nio, tasks)) {
      String cure =
          " can't run on "
              + group.next().getClass().getSimpleName()
              + ": give it a loop of a MosEventLoopGroup, or of a MultiThreadIoEventLoopGroup with"
              + " MosIoHandler.newFactory(stack)";
      assertEquals("MosSocketChannel" + cure, refusal(group, new MosSocketChannel()));
      assertEquals("MosServerSocketChannel" + cure, refusal(group, new MosServerSocketChannel()));
      end(group);
    }
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
