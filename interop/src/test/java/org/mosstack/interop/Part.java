package org.mosstack.interop;

/** The parts of the checks, by the names that bin/test-programs and bin/test know. */
enum Part {
  DEMO_RUNS("demo:runs", DemoIT.class),
  DEMO_FILES("demo:files", DemoFilesIT.class),
  MEMIF("dpdk:memif", MemifIT.class),
  FAILED_START("dpdk:failed_start", FailedStartIT.class),
  READY_MADE("peers:ready_made", ReadyMadeIT.class),
  AF_PACKET("peers:af_packet", AfPacketIT.class),
  TAP("peers:tap", TapIT.class),
  AF_XDP("peers:af_xdp", AfXdpIT.class),
  MTU("peers:mtu", MtuIT.class),
  FRAGMENTS("peers:fragments", FragmentsIT.class),
  PULLED("peers:pulled", PulledIT.class),
  CORES("peers:cores", CoresIT.class),
  PCAP("peers:pcap", PcapIT.class),
  CLEAN("peers:clean", CleanIT.class),
  RECOVERY("peers:recovery", RecoveryIT.class),
  CAPTURE("peers:capture", CaptureIT.class);

  private final String name;
  final Class<?> checks;

  Part(String name, Class<?> checks) {
    this.name = name;
    this.checks = checks;
  }

  /** Returns whether this is meant by its own name, or by what stands before the colon in it. */
  boolean isMeantBy(String wanted) {
    return name.equals(wanted) || name.startsWith(wanted + ":");
  }

  @Override
  public String toString() {
    return name;
  }
}
