package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A channel has one local address: each test runs with this transport and with epoll. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BindTest {
  private static Channel bind(Kind.Host host) {
    return Net.get(
            host.server().childHandler(new ChannelInboundHandlerAdapter()).bind(host.address()),
            "bind")
        .channel();
  }

  private static void expectInvalid(Channel channel, InetSocketAddress address) {
    InetSocketAddress before = (InetSocketAddress) channel.localAddress();
    Throwable cause = Net.await(channel.bind(address), "second bind").cause();
    assertTrue(cause != null && cause.getMessage().endsWith("Invalid argument"), "" + cause);
    assertTrue(channel.isOpen());
    assertEquals(before, channel.localAddress());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aSecondBindOfAServerFailsAndTheFirstStays(Kind kind) {
    try (Kind.Host host = kind.open()) {
      Channel server = bind(host);
      expectInvalid(server, host.address());
      InetSocketAddress address = (InetSocketAddress) server.localAddress();
      Channel client =
          Net.get(host.client().handler(new ChannelInboundHandlerAdapter()).connect(address), "")
              .channel();
      Net.get(client.close(), "client's close");
      Net.get(server.close(), "server's close");
      Channel refused =
          Net.await(host.client().handler(new ChannelInboundHandlerAdapter()).connect(address), "")
              .channel();
      assertFalse(refused.isActive(), "the listener outlived its channel");
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aSecondBindOfAClientFails(Kind kind) {
    try (Kind.Host host = kind.open()) {
      Channel server = bind(host);
      Channel client =
          Net.get(host.client().handler(new ChannelInboundHandlerAdapter()).register(), "register")
              .channel();
      Net.get(client.bind(host.address()), "bind");
      expectInvalid(client, host.address());
      Net.get(client.connect(server.localAddress()), "connect");
      expectInvalid(client, host.address());
      Net.get(client.close(), "close");
    }
  }

  /** A connect can't rebind a bound channel either; the channel stays as it was. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void aConnectFromAnotherAddressFails(Kind kind) {
    try (Kind.Host host = kind.open()) {
      Channel server = bind(host);
      Channel client =
          Net.get(host.client().handler(new ChannelInboundHandlerAdapter()).register(), "register")
              .channel();
      Net.get(client.bind(host.address()), "bind");
      Throwable cause =
          Net.await(client.connect(server.localAddress(), host.address()), "connect").cause();
      assertTrue(cause != null && cause.getMessage().contains("Invalid argument"), "" + cause);
      Net.get(client.connect(server.localAddress()), "connect");
      Net.get(client.close(), "close");
    }
  }
}
