package org.mosstack.interop;

import java.util.Locale;

/** The parts of bin/test-peers, by the names that it and bin/test know. */
enum Part {
  AF_PACKET(AfPacketIT.class),
  TAP(TapIT.class),
  AF_XDP(AfXdpIT.class),
  MTU(MtuIT.class),
  FRAGMENTS(FragmentsIT.class),
  PULLED(PulledIT.class),
  CORES(CoresIT.class),
  PCAP(PcapIT.class),
  CLEAN(CleanIT.class),
  RECOVERY(RecoveryIT.class),
  CAPTURE(CaptureIT.class);

  final Class<?> checks;

  Part(Class<?> checks) {
    this.checks = checks;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
