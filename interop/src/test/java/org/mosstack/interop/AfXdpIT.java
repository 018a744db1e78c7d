package org.mosstack.interop;

import org.junit.jupiter.api.DisplayName;

/** The programs over af_xdp. */
@DisplayName("af_xdp")
final class AfXdpIT extends DriverChecks {
  AfXdpIT() {
    super(Device.AF_XDP);
  }
}
