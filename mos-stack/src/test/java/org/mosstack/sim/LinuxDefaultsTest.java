package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mosstack.config.ConfigKey;
import org.mosstack.config.EcnMode;
import org.mosstack.config.FastOpenMode;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.config.SynCookieMode;
import org.mosstack.device.Faults;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.testkit.StackPair;

/** A program that sets nothing gets what Linux does; a file means what it meant to the original. */
class LinuxDefaultsTest {
  private static final int MEGABYTE = 1 << 20;

  /** A round trip of 40 ms, and room for what is under way. */
  private static final Faults LONG_PATH = Faults.NONE.withDelay(20_000_000, 0).withRate(0, 100_000);

  /**
   * What Linux does without a setting, and what holds here.
   *
   * @param linux its name and default in Documentation/networking/ip-sysctl.rst, or where it comes
   *     from. Of three numbers the last is the largest size of a buffer
   */
  private record Default<T>(String linux, ConfigKey<T> key, T value) {}

  /**
   * {@code tcp_mem} is missing: Linux derives it from the machine's memory, of which it can't be
   * told how much is for this process.
   */
  private static final List<Default<?>> DEFAULTS =
      List.of(
          new Default<>("tcp_rmem = 4096 131072 6291456", MosKeys.RMEM_SIZE, 6_291_456),
          new Default<>("tcp_wmem = 4096 16384 4194304", MosKeys.WMEM_SIZE, 4_194_304),
          new Default<>(
              "include/net/tcp.h: TCP_TIMEWAIT_LEN = 60 seconds", MosKeys.TCP_TW_INTERVAL, 60),
          new Default<>("no idle timeout, only SO_KEEPALIVE", MosKeys.TCP_TIMEOUT, -1),
          new Default<>(
              "net/ipv4/Kconfig: DEFAULT_TCP_CONG = cubic",
              MosKeys.TCP_CONGESTION,
              CongestionAlgorithm.CUBIC),
          new Default<>("tcp_ecn = 2", MosKeys.TCP_ECN, EcnMode.ACCEPT),
          new Default<>("tcp_syncookies = 1", MosKeys.TCP_SYNCOOKIES, SynCookieMode.WHEN_FULL),
          new Default<>("tcp_fastopen = 1", MosKeys.TCP_FASTOPEN, FastOpenMode.CLIENT));

  @Test
  void aProgramsDefaultsAreLinuxs() {
    MosConfig config = MosConfig.builder().build();
    for (Default<?> d : DEFAULTS) {
      assertEquals(d.value(), config.get(d.key()), d.linux());
    }
  }

  /** Of tcp_rmem's second number, ip-sysctl.rst says that it results in a window of 65535. */
  @Test
  void theFirstWindowIsLinuxs() throws IOException {
    try (ConnectedPair pair = new ConnectedPair(program())) {
      assertEquals(65_535, pair.server.receiveBuffer());
      assertTrue(pair.server.sendBuffer() >= 16_384, "sends " + pair.server.sendBuffer());
    }
  }

  @Test
  void buffersOfAProgramGrowToMegabytes() throws IOException {
    try (ConnectedPair pair = new ConnectedPair(program().faults(LONG_PATH))) {
      pair.transfer(64 * MEGABYTE);
      assertEquals(6_291_456, pair.server.receiveBuffer());
      assertEquals(4_194_304, pair.client.sendBuffer());
    }
  }

  @Test
  void thoseOfAFileStayAsSmallAsTheOriginals() throws IOException {
    try (ConnectedPair pair = new ConnectedPair(file().faults(LONG_PATH))) {
      pair.transfer(MEGABYTE);
      assertEquals(8192, pair.server.receiveBuffer());
      assertEquals(8192, pair.client.sendBuffer());
    }
  }

  @Test
  void anIdleConnectionOfAProgramLivesForAnHour() throws IOException {
    try (ConnectedPair pair = new ConnectedPair(program())) {
      pair.stacks.run(3600);
      assertEquals(TcpState.ESTABLISHED, pair.client.state());
      pair.transfer(10);
    }
  }

  @Test
  void oneOfAFileEndsAfterHalfAMinute() throws IOException {
    try (ConnectedPair pair = new ConnectedPair(file())) {
      pair.stacks.run(29);
      assertEquals(TcpState.ESTABLISHED, pair.client.state());
      pair.stacks.run(2);
      assertEquals(TcpState.CLOSED, pair.client.state());
      assertEquals(TcpState.CLOSED, pair.server.state());
      List<TcpError> why = List.of(pair.sender.error, pair.receiver.error);
      assertTrue(why.contains(TcpError.IDLE_TIMEOUT), why.toString());
    }
  }

  /** The end that closes first waits for it. */
  @Test
  void timeWaitOfAProgramLastsAMinute() throws IOException {
    try (ConnectedPair pair = new ConnectedPair(program())) {
      pair.closeBoth();
      pair.stacks.run(55);
      assertEquals(1, pair.stacks.client.flows());
      pair.stacks.run(6);
      assertEquals(0, pair.stacks.client.flows());
    }
  }

  @Test
  void aFileHasNone() throws IOException {
    try (ConnectedPair pair = new ConnectedPair(file())) {
      pair.closeBoth();
      assertEquals(0, pair.stacks.client.flows());
    }
  }

  private static StackPair.Setup program() {
    return file().program(UnaryOperator.identity());
  }

  private static StackPair.Setup file() {
    return new StackPair.Setup(1).limits(1000, 0);
  }
}
