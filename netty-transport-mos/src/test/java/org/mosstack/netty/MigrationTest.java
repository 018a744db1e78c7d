package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.mosstack.socket.Endpoint;

/**
 * What docs/migrating.md says about registration, addresses and options, where no other test covers
 * it.
 */
class MigrationTest {
  private static List<EventLoop> loops(MosEventLoopGroup group) {
    return StreamSupport.stream(group.spliterator(), false).map(EventLoop.class::cast).toList();
  }

  @Test
  void aClientIsFreeUntilItConnects() {
    try (Net net = Net.loopback(2)) {
      Channel client = new MosSocketChannel();
      for (EventLoop loop : loops(net.clientGroup)) {
        Net.get(loop.register(client), "register");
        assertSame(loop, client.eventLoop());
        Net.get(client.deregister(), "deregister");
      }
      Net.get(client.close(), "close");
    }
  }

  @Test
  void aBoundServerChannelStaysOnItsLoop() {
    try (Net net = Net.loopback(2)) {
      Channel server = Net.get(net.server(_ -> {}).bind(net.address(0)), "bind").channel();
      EventLoop own = server.eventLoop();
      EventLoop other =
          loops(net.serverGroup).stream().filter(loop -> loop != own).findAny().orElseThrow();
      assertNotSame(own, other);
      Net.get(server.deregister(), "deregister");
      assertInstanceOf(
          IllegalStateException.class, Net.await(other.register(server), "elsewhere").cause());
    }
  }

  @Test
  void aBoundServerChannelComesBackToItsLoop() {
    try (Net net = Net.loopback(2)) {
      Channel server = Net.get(net.server(_ -> {}).bind(net.address(0)), "bind").channel();
      EventLoop own = server.eventLoop();
      Net.get(server.deregister(), "deregister");
      Net.get(own.register(server), "register");
      Channel client = net.connect((InetSocketAddress) server.localAddress(), _ -> {});
      assertTrue(client.isActive());
      Net.get(client.close(), "close");
    }
  }

  @Test
  void onlyTheWildcardOfIpv6IsKnown() throws UnknownHostException {
    InetSocketAddress wildcard = new InetSocketAddress(InetAddress.getByName("::"), 0);
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getByName("::1"), 7);
    try (Net net = Net.loopback(1)) {
      Channel server = Net.get(net.server(_ -> {}).bind(wildcard), "bind").channel();
      InetSocketAddress bound = (InetSocketAddress) server.localAddress();
      assertEquals("0.0.0.0", bound.getAddress().getHostAddress());
      Throwable refused = Net.await(net.client(_ -> {}).connect(loopback), "connect").cause();
      assertInstanceOf(SocketException.class, refused);
      String text = "IPv6 isn't supported: " + Endpoint.of(loopback);
      assertEquals(text, refused.getMessage());
      Throwable listen = Net.await(net.server(_ -> {}).bind(loopback), "bind").cause();
      assertInstanceOf(SocketException.class, listen);
      assertEquals(text, listen.getMessage());
      InetSocketAddress peer = new InetSocketAddress("127.0.0.1", 7);
      Throwable from =
          Net.await(net.client(_ -> {}).connect(peer, loopback), "connect from it").cause();
      assertInstanceOf(SocketException.class, from);
      assertEquals(text + ": " + peer, from.getMessage()); // Netty adds the peer to any
    }
  }

  /**
   * An option that both transports know is the same constant, so that bootstraps needn't change.
   */
  @Test
  void epollsOptionsAreOurs() throws IllegalAccessException {
    Map<String, Field> epoll =
        Arrays.stream(EpollChannelOption.class.getFields())
            .collect(Collectors.toMap(Field::getName, Function.identity(), (own, _) -> own));
    int compared = 0;
    for (Field field : MosChannelOption.class.getFields()) {
      Field same = epoll.get(field.getName());
      if (same != null && ChannelOption.class.isAssignableFrom(field.getType())) {
        assertSame(same.get(null), field.get(null), field.getName());
        compared++;
      }
    }
    assertTrue(compared >= 6, () -> "options in common: " + epoll.keySet());
  }
}
