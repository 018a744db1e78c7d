package org.mosstack.fuzz;

import org.mosstack.device.NetDevice;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.StackPair;

/** A cable between two single-core stacks that shows every frame and loses those it is told to. */
final class FrameCable implements StackPair.Cable {
  static final int SERVER = 0;
  static final int CLIENT = 1;
  static final long SERVER_MAC = 0x02_00_00_00_00_01L;
  static final long CLIENT_MAC = 0x02_00_00_00_00_02L;

  /** Sees each frame on its way to an end; decides whether it arrives there. */
  interface Middle {
    boolean passes(byte[] frame, int end);
  }

  private final FakeDevice[] ports = new FakeDevice[2];
  private final Middle middle;

  FrameCable(Middle middle) {
    this.middle = middle;
    ports[SERVER] = new FakeDevice("dpdk0", SERVER_MAC, 1500).onSent(frame -> carry(frame, CLIENT));
    ports[CLIENT] = new FakeDevice("dpdk0", CLIENT_MAC, 1500).onSent(frame -> carry(frame, SERVER));
  }

  /**
   * Starts the stacks. Each has the other's MAC address configured, so that no forged ARP diverts
   * packets.
   */
  StackPair start(long seed) {
    return new StackPair.Setup(seed)
        .cable(_ -> this)
        .mos("tcp_timeout = 60\ntcp_tw_interval = 1")
        .serverMos("arp_table {\n10.0.0.2/32 02:00:00:00:00:02\n}")
        .clientMos("arp_table {\n10.0.0.1/32 02:00:00:00:00:01\n}")
        .start();
  }

  private void carry(byte[] frame, int to) {
    if (middle.passes(frame, to)) {
      ports[to].arrive(frame);
    }
  }

  /** Injects a frame at an end, as if from the cable. */
  void inject(byte[] frame, int end) {
    ports[end].arrive(frame);
  }

  /** Whether no frame is in transit. */
  boolean isQuiet() {
    return ports[SERVER].waiting() + ports[CLIENT].waiting() == 0;
  }

  @Override
  public NetDevice server() {
    return ports[SERVER];
  }

  @Override
  public NetDevice client() {
    return ports[CLIENT];
  }
}
