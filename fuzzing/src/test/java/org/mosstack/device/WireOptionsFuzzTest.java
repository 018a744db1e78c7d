package org.mosstack.device;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** The arguments of wires, up to the devices created from them. */
class WireOptionsFuzzTest {
  @FuzzTest
  void arguments(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    try {
      new WireHub(new SplittableRandom(1)).create("dpdk0", text, 2).close();
    } catch (IllegalArgumentException _) {
      // Rejected, as documented.
    }
  }
}
