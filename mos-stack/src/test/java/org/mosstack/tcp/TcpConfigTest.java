package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;

class TcpConfigTest {
  /** What tests run with by default is what stacks do. */
  @Test
  void itsDefaultsAreThoseOfMosConf() {
    MosConfig defaults =
        MosConfig.parse(
            "mos.conf", "application {\ntype = end\nrun = x\n}\nmos {\nnetdev {\nd 0x1\n}\n}");
    TcpConfig config = new TcpConfig(0, 1, 1, 1, 1, 0, 0);
    assertEquals(defaults.get(MosKeys.TCP_CONGESTION), config.congestion());
    assertEquals(defaults.get(MosKeys.TCP_PACING), config.pacing());
    assertEquals(defaults.get(MosKeys.TCP_ECN), config.ecn());
    TcpProtection protection = config.protection();
    assertEquals(defaults.get(MosKeys.TCP_SYNCOOKIES), protection.synCookies());
    assertEquals(defaults.get(MosKeys.TCP_MEM), protection.memoryBytes());
    assertEquals(defaults.get(MosKeys.TCP_LISTENER_MEM), protection.listenerPercent());
    assertEquals(
        TimeUnit.SECONDS.toNanos(defaults.get(MosKeys.TCP_ZERO_WINDOW_TIMEOUT)),
        protection.zeroWindowNanos());
    assertEquals(defaults.get(MosKeys.TCP_FASTOPEN).isClient(), protection.fastOpenClient());
    assertEquals(defaults.get(MosKeys.TCP_FASTOPEN).isServer(), protection.fastOpenServer());
  }
}
