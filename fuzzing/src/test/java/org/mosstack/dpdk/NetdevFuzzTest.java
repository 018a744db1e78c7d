package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.mosstack.config.ConfigCheck;
import org.mosstack.config.ConfigException;
import org.mosstack.config.Driver;
import org.mosstack.config.MosConfig;

/** The driver part of a {@code netdev} line, up to what DPDK is given. */
class NetdevFuzzTest {
  private static final String NAME = "mos.conf";

  @FuzzTest
  void devargs(byte[] input) {
    String text =
        "application { type = end\nrun = x\n}\nmos { netdev {\ndpdk0 0x1 10.0.0.1/24 "
            + new String(input, StandardCharsets.UTF_8)
            + "\n}\n}\n";
    try {
      MosConfig.parse(NAME, text)
          .netdevs()
          .forEach(netdev -> netdev.driver().filter(Driver::isDpdk).ifPresent(NetdevFuzzTest::use));
    } catch (ConfigException e) {
      ConfigCheck.check(e, NAME, text);
    }
  }

  private static void use(Driver driver) {
    driver.options().forEach(option -> assertTrue(!option.key().contains("="), option.toString()));
    PortOptions options = PortOptions.of(driver);
    int mtu = VirtualDrivers.mtu(options);
    assertTrue(VirtualDrivers.queues(options, 4) >= 1, "queues");
    // DPDK's own argument overrides it, at the user's risk.
    boolean chosen = options.devarg("framesz").isPresent();
    int frame = VirtualDrivers.frameBytes(options, mtu);
    assertTrue(chosen ? frame >= 1 : frame > mtu, "frames of " + frame + " bytes, MTU " + mtu);
    PortOptions complete = VirtualDrivers.complete(options, 2, mtu);
    assertTrue(complete.devargs().startsWith(options.devargs()), complete.toString());
    VirtualDrivers.reconnects(options);
    VirtualDrivers.startsAlone(options);
    VirtualDrivers.tellsMtu(options);
  }
}
