package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The configs on their own: what they accept, return and reject. */
class OptionsTest {
  /** A non-default value for each option of a channel. */
  private static final Map<ChannelOption<?>, Object> SOCKET = new LinkedHashMap<>();

  /** The same for server channels. */
  private static final Map<ChannelOption<?>, Object> SERVER = new LinkedHashMap<>();

  static {
    SOCKET.put(ChannelOption.SO_RCVBUF, 30_000);
    SOCKET.put(ChannelOption.SO_SNDBUF, 40_000);
    SOCKET.put(ChannelOption.TCP_NODELAY, false);
    SOCKET.put(ChannelOption.SO_KEEPALIVE, true);
    SOCKET.put(ChannelOption.SO_REUSEADDR, true);
    SOCKET.put(ChannelOption.SO_LINGER, 3);
    SOCKET.put(ChannelOption.IP_TOS, 0x10);
    SOCKET.put(ChannelOption.ALLOW_HALF_CLOSURE, true);
    SOCKET.put(EpollChannelOption.TCP_CORK, true);
    SOCKET.put(EpollChannelOption.TCP_NOTSENT_LOWAT, 0xFFFF_FFFFL);
    SOCKET.put(EpollChannelOption.TCP_KEEPIDLE, 11);
    SOCKET.put(EpollChannelOption.TCP_KEEPINTVL, 12);
    SOCKET.put(EpollChannelOption.TCP_KEEPCNT, 13);
    SOCKET.put(EpollChannelOption.TCP_USER_TIMEOUT, 14);
    SOCKET.put(EpollChannelOption.TCP_QUICKACK, true);
    SOCKET.put(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
    SOCKET.put(ChannelOption.TCP_FASTOPEN_CONNECT, true);
    SOCKET.put(MosChannelOption.TCP_MAXSEG, 500);
    SOCKET.put(MosChannelOption.IP_TTL, 7);
    SOCKET.put(MosChannelOption.WRITE_ZERO_COPY_THRESHOLD, 0);

    SERVER.put(ChannelOption.SO_BACKLOG, 5);
    SERVER.put(ChannelOption.SO_RCVBUF, 30_000);
    SERVER.put(ChannelOption.SO_SNDBUF, 40_000);
    SERVER.put(ChannelOption.SO_REUSEADDR, false);
    SERVER.put(EpollChannelOption.SO_REUSEPORT, true);
    SERVER.put(MosChannelOption.SERVING_LOOPS, (Predicate<EventLoop>) loop -> true);
    SERVER.put(ChannelOption.SO_KEEPALIVE, true);
    SERVER.put(ChannelOption.IP_TOS, 0x10);
    SERVER.put(EpollChannelOption.TCP_DEFER_ACCEPT, 9);
    SERVER.put(EpollChannelOption.TCP_NOTSENT_LOWAT, 1000L);
    SERVER.put(EpollChannelOption.TCP_KEEPIDLE, 11);
    SERVER.put(EpollChannelOption.TCP_KEEPINTVL, 12);
    SERVER.put(EpollChannelOption.TCP_KEEPCNT, 13);
    SERVER.put(EpollChannelOption.TCP_USER_TIMEOUT, 14);
    SERVER.put(ChannelOption.TCP_FASTOPEN, 3);
    SERVER.put(MosChannelOption.TCP_MAXSEG, 500);
    SERVER.put(MosChannelOption.IP_TTL, 7);
  }

  /** Options of epoll's stream channels that don't apply to this transport. */
  static final ChannelOption<?>[] UNSUPPORTED = {
    EpollChannelOption.SO_BUSY_POLL,
    ChannelOption.valueOf(EpollChannelOption.class, "EPOLL_MODE"), // deprecated there
    EpollChannelOption.TCP_MD5SIG,
    EpollChannelOption.IP_FREEBIND,
    EpollChannelOption.IP_TRANSPARENT,
    EpollChannelOption.IP_RECVORIGDSTADDR,
  };

  private final MosSocketChannel channel = new MosSocketChannel();
  private final MosServerSocketChannel server = new MosServerSocketChannel();

  @AfterEach
  void close() {
    channel.unsafe().closeForcibly();
    server.unsafe().closeForcibly();
  }

  @SuppressWarnings("unchecked") // the maps pair options with values of their types
  private static void checkEach(ChannelConfig config, Map<ChannelOption<?>, Object> values) {
    values.forEach(
        (option, value) -> {
          Object before = config.getOption(option);
          assertNotNull(before, option + " by default");
          assertFalse(value.equals(before), option + " is " + value + " by default");
          assertTrue(config.setOption((ChannelOption<Object>) option, value), option + " set");
          assertEquals(value, config.getOption(option), option.name());
          assertEquals(value, config.getOptions().get(option), option + " in getOptions()");
        });
  }

  @Test
  void channelTakesEachOption() {
    checkEach(channel.config(), SOCKET);
  }

  @Test
  void serverTakesEachOption() {
    checkEach(server.config(), SERVER);
  }

  /** Whoever adds an option must add it to the tests, too. */
  @Test
  void allOptionsAreTested() {
    var tested = new TreeSet<>(SOCKET.keySet());
    tested.add(MosChannelOption.TCP_CONGESTION); // see below: names
    assertTrue(channel.config().getOptions().keySet().containsAll(tested));
    var serverTested = new TreeSet<>(SERVER.keySet());
    serverTested.add(MosChannelOption.TCP_CONGESTION);
    var own = new TreeSet<>(channel.config().getOptions().keySet());
    own.removeAll(new io.netty.channel.DefaultChannelConfig(channel).getOptions().keySet());
    assertEquals(tested, own);
    var serversOwn = new TreeSet<>(server.config().getOptions().keySet());
    serversOwn.removeAll(new io.netty.channel.DefaultChannelConfig(server).getOptions().keySet());
    assertEquals(serverTested, serversOwn);
  }

  @Test
  void constantsAreEpolls() {
    assertSame(EpollChannelOption.SO_REUSEPORT, MosChannelOption.SO_REUSEPORT);
    assertSame(EpollChannelOption.TCP_QUICKACK, MosChannelOption.TCP_QUICKACK);
    assertSame(EpollChannelOption.TCP_USER_TIMEOUT, MosChannelOption.TCP_USER_TIMEOUT);
    assertSame(EpollChannelOption.TCP_KEEPIDLE, MosChannelOption.TCP_KEEPIDLE);
    assertSame(EpollChannelOption.TCP_KEEPINTVL, MosChannelOption.TCP_KEEPINTVL);
    assertSame(EpollChannelOption.TCP_KEEPCNT, MosChannelOption.TCP_KEEPCNT);
    assertSame(EpollChannelOption.TCP_CORK, MosChannelOption.TCP_CORK);
    assertSame(EpollChannelOption.TCP_NOTSENT_LOWAT, MosChannelOption.TCP_NOTSENT_LOWAT);
    assertSame(EpollChannelOption.TCP_DEFER_ACCEPT, MosChannelOption.TCP_DEFER_ACCEPT);
    assertSame(
        EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, MosChannelOption.IP_BIND_ADDRESS_NO_PORT);
  }

  @ParameterizedTest
  @FieldSource("UNSUPPORTED")
  @SuppressWarnings("unchecked") // the value is never looked at
  void unsupportedOptionsAreRefusedAsNettyDoes(ChannelOption<?> option) {
    assertFalse(channel.config().setOption((ChannelOption<Object>) option, 1));
    assertFalse(server.config().setOption((ChannelOption<Object>) option, 1));
    assertEquals(null, channel.config().getOption(option));
    assertFalse(channel.config().getOptions().containsKey(option));
  }

  private void refuses(ChannelOption<Integer> option, int... values) {
    for (int value : values) {
      assertThrows(
          IllegalArgumentException.class,
          () -> channel.config().setOption(option, value),
          option + " = " + value);
    }
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    refuses(MosChannelOption.TCP_MAXSEG, -1, 1, 87, 32_768);
    refuses(MosChannelOption.IP_TTL, -1, 0, 256);
    refuses(ChannelOption.IP_TOS, -1, 256);
    refuses(ChannelOption.SO_RCVBUF, -1, 0);
    refuses(ChannelOption.SO_SNDBUF, -1, 0);
    refuses(MosChannelOption.TCP_KEEPIDLE, -1, 0);
    refuses(MosChannelOption.TCP_KEEPINTVL, -1, 0);
    refuses(MosChannelOption.TCP_KEEPCNT, -1, 0);
    refuses(MosChannelOption.TCP_USER_TIMEOUT, -1);
    for (long bytes : new long[] {-1, 0x1_0000_0000L}) {
      assertThrows(
          IllegalArgumentException.class, () -> channel.config().setTcpNotSentLowAt(bytes));
    }
    assertThrows(IllegalArgumentException.class, () -> server.config().setTcpDeferAccept(-1));
    channel.config().setTcpMaxSeg(0); // back to the default
    assertEquals(0, channel.config().getTcpMaxSeg());
  }

  @Test
  void unknownCongestionControlIsRefusedWithTheNamesThatThereAre() {
    assertNull(channel.config().getTcpCongestion(), "the stack's");
    assertNull(server.config().getTcpCongestion(), "the stack's");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> channel.config().setOption(MosChannelOption.TCP_CONGESTION, "vegas"));
    assertTrue(e.getMessage().contains("newreno, cubic, bbr"), e.getMessage());
    for (String name : new String[] {"newreno", "bbr", "cubic"}) {
      assertTrue(channel.config().setOption(MosChannelOption.TCP_CONGESTION, name));
      assertEquals(name, channel.config().getOption(MosChannelOption.TCP_CONGESTION));
      assertTrue(server.config().setOption(MosChannelOption.TCP_CONGESTION, name));
      assertEquals(name, server.config().getTcpCongestion());
    }
    assertThrows(IllegalArgumentException.class, () -> server.config().setTcpCongestion("vegas"));
  }

  @Test
  void figuresOfAChannelThatIsNotConnected() {
    MosTcpInfo info = channel.tcpInfo();
    assertEquals(7, info.state());
    assertEquals(0, info.sndMss());
  }
}
