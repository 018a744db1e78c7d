package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.NetDevice;
import org.mosstack.testkit.FrameTap;
import org.mosstack.testkit.StackPair;

/** Whole stacks on ports with checksum offload; {@link OffloadingPort} does the checks. */
class ChecksumOffloadTest {
  private static final Faults CORRUPT = Faults.NONE.withCorrupt(0.02);

  private OffloadingPort server;
  private OffloadingPort client;

  private StackPair.Setup setup(long seed, OffloadingPort.Kind kind) {
    return new StackPair.Setup(seed)
        .port(device -> server = new OffloadingPort(device, kind))
        .clientPort(device -> client = new OffloadingPort(device, kind));
  }

  @ParameterizedTest
  @EnumSource
  void bytesArriveAndTheStackSumsNothing(OffloadingPort.Kind kind) throws IOException {
    assertTrue(TransferTest.transfer(setup(1, kind), kind + "", 300_000, 1_000_000));
    assertTrue(server.finished > 600, "finished " + server.finished);
    assertTrue(client.finished > 200, "finished " + client.finished);
    assertEquals(0, server.bad + client.bad);
  }

  /**
   * The wire's own offload: nobody computes checksums, and super-segments cross it whole; some are
   * lost, repeated or out of order, so that they are taken apart again.
   */
  @ParameterizedTest
  @ValueSource(strings = {",checksum=0", ",checksum=0,mtu=65393"})
  void aWireMayLeaveChecksumsOut(String options) throws IOException {
    AtomicInteger unsummed = new AtomicInteger();
    AtomicInteger longest = new AtomicInteger();
    StackPair.Setup setup =
        new StackPair.Setup(4)
            .wireOptions(options)
            .faults(Faults.NONE.withLoss(0.01).withReorder(0.02).withDuplicate(0.01))
            .port(
                device -> {
                  FrameTap tap = new FrameTap(device);
                  tap.onReceived(
                      frame -> {
                        unsummed.addAndGet(isSummed(frame) ? 0 : 1);
                        longest.accumulateAndGet(frame.length, Math::max);
                      });
                  return tap;
                });
    assertTrue(TransferTest.transfer(setup, options, 300_000, 1_000_000));
    assertTrue(unsummed.get() > 10, "without a sum: " + unsummed);
    assertTrue(longest.get() > 1514, "longest: " + longest);
  }

  /** Where checksums are left out, what is damaged on its way is dropped, and only that. */
  @Test
  void aWireWithoutChecksumsDeliversWhatIsntDamaged() throws IOException {
    StackPair.Setup setup =
        new StackPair.Setup(5)
            .wireOptions(",checksum=0")
            .faults(Faults.NONE.withCorrupt(0.02))
            .mos("tcp_timeout = -1\ntcp_tw_interval = 240");
    assertTrue(TransferTest.transfer(setup, "damaged", 300_000, 300_000));
  }

  /** Whether an IPv4 header's checksum is right (RFC 791). */
  private static boolean isSummed(byte[] frame) {
    int sum = 0;
    for (int i = 14; i < 34; i += 2) {
      sum += (frame[i] & 0xFF) << 8 | frame[i + 1] & 0xFF;
    }
    return (sum & 0xFFFF) + (sum >>> 16) == 0xFFFF || frame[12] != 8 || frame[13] != 0;
  }

  @Test
  void aPortWorksWithASoftwarePeer() throws IOException {
    StackPair.Setup oneSided =
        new StackPair.Setup(2)
            .port(device -> server = new OffloadingPort(device, OffloadingPort.Kind.NIC));
    assertTrue(TransferTest.transfer(oneSided, "one sided", 100_000, 100_000));
    assertTrue(server.finished > 70, "finished " + server.finished);
  }

  /** Damage below the port: packets it reports as bad are dropped. */
  @ParameterizedTest
  @EnumSource(names = {"NIC", "FORGETFUL"})
  void badPacketsOfTheWireAreDropped(OffloadingPort.Kind kind) throws IOException {
    StackPair.Setup setup =
        new StackPair.Setup(3)
            .mos("tcp_timeout = -1\ntcp_tw_interval = 240")
            .port(
                device -> {
                  NetDevice damaged = new FaultInjector(device, CORRUPT, CORRUPT, () -> 0, 7);
                  server = new OffloadingPort(damaged, kind);
                  return server;
                })
            .clientPort(device -> client = new OffloadingPort(device, kind));
    assertTrue(TransferTest.transfer(setup, kind + "", 300_000, 300_000));
    assertTrue(server.bad > 0 && client.bad > 0, server.bad + ", " + client.bad);
  }

  /** Damage above the port: it has reported "good", and on transmit fills in sums that hide it. */
  @Test
  void whatIsDamagedAboveThePortIsNoticedInSoftware() throws IOException {
    StackPair.Setup setup =
        setup(4, OffloadingPort.Kind.NIC)
            .faults(CORRUPT)
            .mos("tcp_timeout = -1\ntcp_tw_interval = 240");
    assertTrue(TransferTest.transfer(setup, "damaged above", 300_000, 300_000));
    assertEquals(0, server.bad + client.bad);
  }
}
