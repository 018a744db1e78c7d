package org.mosstack.agent.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import org.junit.jupiter.api.Test;

/** What initializers cast their channels to. */
class InitializedTypeTest {
  private static Class<?> of(ChannelHandler handler) {
    return InitializedType.of(handler.getClass());
  }

  /** Passes its own parameters on, the second one to Netty. */
  private static class Swapped<A, C extends Channel> extends ChannelInitializer<C> {
    @Override
    protected void initChannel(C channel) {}
  }

  private static final class Deep extends Swapped<String, NioSocketChannel> {}

  private static class Bounded<C extends SocketChannel> extends Swapped<String, C> {}

  @SuppressWarnings("rawtypes") // that is what is tested
  private static final class Raw extends Bounded {}

  private static final class Implied extends Bounded<NioSocketChannel> {}

  @Test
  void anInitializersArgument() {
    assertEquals(
        NioSocketChannel.class,
        of(
            new ChannelInitializer<NioSocketChannel>() {
              @Override
              protected void initChannel(NioSocketChannel channel) {}
            }));
    assertEquals(
        SocketChannel.class,
        of(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {}
            }));
  }

  @Test
  void throughItsSuperclasses() {
    assertEquals(NioSocketChannel.class, of(new Deep()));
    assertEquals(NioSocketChannel.class, of(new Implied()));
  }

  @Test
  void whatIsNotSaidIsTheBound() {
    assertEquals(Channel.class, of(new Swapped<String, NioSocketChannel>()));
    assertEquals(SocketChannel.class, of(new Bounded<NioSocketChannel>()));
    assertEquals(SocketChannel.class, of(new Raw()));
  }

  @Test
  void otherHandlersTakeAnyChannel() {
    assertEquals(Channel.class, of(new ChannelInboundHandlerAdapter()));
  }
}
