package org.mosstack.interop;

import org.junit.jupiter.api.DisplayName;

/** The programs over a TAP interface. */
@DisplayName("tap")
final class TapIT extends DriverChecks {
  TapIT() {
    super(Device.TAP);
  }
}
