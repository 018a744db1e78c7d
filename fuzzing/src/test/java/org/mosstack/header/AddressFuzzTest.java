package org.mosstack.header;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.mosstack.config.CoreMask;

/**
 * Addresses and masks as text: what is parsed formats back to what was written, and nothing else
 * parses.
 */
class AddressFuzzTest {
  @FuzzTest
  void addresses(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    same(text, t -> Ip4Address.format(Ip4Address.parse(t)), text);
    same(text, t -> MacAddress.format(MacAddress.parse(t)), null);
    same(text, t -> CoreMask.parse(t).format(), null);
  }

  /**
   * What is written back parses as the same value, and is the same text if there is only one form.
   */
  private static void same(String text, UnaryOperator<String> rewrite, String onlyForm) {
    try {
      String written = rewrite.apply(text);
      assertEquals(written, rewrite.apply(written));
      if (onlyForm != null) {
        assertEquals(onlyForm, written);
      }
    } catch (IllegalArgumentException _) {
      // Rejected, as documented.
    }
  }
}
