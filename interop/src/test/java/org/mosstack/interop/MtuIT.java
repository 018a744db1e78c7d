package org.mosstack.interop;

import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Links with other MTUs than 1500, where the driver carries them and where it doesn't. */
@KernelPeer
@DisplayName("mtu")
final class MtuIT {
  private static final String REFUSAL = "an MTU of 9000 is more than the port's limit";

  @Nested
  @Order(1)
  @DisplayName("af_packet, MTU 576")
  final class AfPacket576 extends MtuChecks {
    AfPacket576() {
      super(Device.AF_PACKET, 576);
    }
  }

  @Nested
  @Order(2)
  @DisplayName("af_packet, MTU 9000")
  final class AfPacket9000 extends MtuChecks {
    AfPacket9000() {
      super(Device.AF_PACKET, 9000);
    }
  }

  @Nested
  @Order(3)
  @DisplayName("af_xdp, MTU 576")
  final class AfXdp576 extends MtuChecks {
    AfXdp576() {
      super(Device.AF_XDP, 576);
    }
  }

  @Nested
  @Order(4)
  @DisplayName("af_xdp, MTU 9000")
  final class AfXdp9000 extends LinkChecks {
    AfXdp9000() {
      super(Device.AF_XDP, 9000, ONE_CORE);
    }

    @Test
    @DisplayName("refused")
    void refused() throws IOException, InterruptedException {
      stack.assertRefused(REFUSAL);
    }
  }

  @Nested
  @Order(5)
  @DisplayName("tap, MTU 576")
  final class Tap576 extends MtuChecks {
    Tap576() {
      super(Device.TAP, 576);
    }
  }

  @Nested
  @Order(6)
  @DisplayName("tap, MTU 9000")
  @Needs(Need.DPDK_23_11)
  final class Tap9000 extends MtuChecks {
    Tap9000() {
      super(Device.TAP, 9000);
    }
  }

  @Nested
  @Order(7)
  @DisplayName("tap, MTU 9000")
  final class Tap9000Refused extends LinkChecks {
    Tap9000Refused() {
      super(Device.TAP, 9000, ONE_CORE);
    }

    @Test
    @DisplayName("refused by DPDK 22.11's port")
    @Needs(Need.DPDK_22_11)
    void refused() throws IOException, InterruptedException {
      stack.assertRefused(REFUSAL);
    }
  }
}
