package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.NetDevice;

/** Whole stacks on ports that fill in and verify checksums; {@link OffloadingPort} checks. */
class ChecksumOffloadTest {
  private static final Faults CORRUPT = Faults.NONE.withCorrupt(0.02);

  private OffloadingPort server;
  private OffloadingPort client;

  private Simulation.Setup setup(long seed, OffloadingPort.Kind kind) {
    return new Simulation.Setup(seed)
        .tap(device -> server = new OffloadingPort(device, kind))
        .clientTap(device -> client = new OffloadingPort(device, kind));
  }

  @ParameterizedTest
  @EnumSource
  void bytesArriveAndTheStackSumsNothing(OffloadingPort.Kind kind) throws IOException {
    assertTrue(TransferTest.transfer(setup(1, kind), kind + "", 300_000, 1_000_000));
    assertTrue(server.finished > 600, "finished " + server.finished);
    assertTrue(client.finished > 200, "finished " + client.finished);
    assertEquals(0, server.bad + client.bad);
  }

  @Test
  void aPortWorksWithASoftwarePeer() throws IOException {
    Simulation.Setup oneSided =
        new Simulation.Setup(2)
            .tap(device -> server = new OffloadingPort(device, OffloadingPort.Kind.NIC));
    assertTrue(TransferTest.transfer(oneSided, "one sided", 100_000, 100_000));
    assertTrue(server.finished > 70, "finished " + server.finished);
  }

  /** Below the port the bytes are damaged: what the port says is bad is dropped. */
  @ParameterizedTest
  @EnumSource(names = {"NIC", "FORGETFUL"})
  void badPacketsOfTheWireAreDropped(OffloadingPort.Kind kind) throws IOException {
    Simulation.Setup setup =
        new Simulation.Setup(3)
            .mos("tcp_timeout = -1\ntcp_tw_interval = 240")
            .tap(
                device -> {
                  NetDevice damaged = new FaultInjector(device, CORRUPT, CORRUPT, () -> 0, 7);
                  server = new OffloadingPort(damaged, kind);
                  return server;
                })
            .clientTap(device -> client = new OffloadingPort(device, kind));
    assertTrue(TransferTest.transfer(setup, kind + "", 300_000, 300_000));
    assertTrue(server.bad > 0 && client.bad > 0, server.bad + ", " + client.bad);
  }

  /** Above the port: it has said "good", and fills in sums that hide what was done. */
  @Test
  void whatIsDamagedAboveThePortIsNoticedInSoftware() throws IOException {
    Simulation.Setup setup =
        setup(4, OffloadingPort.Kind.NIC)
            .faults(CORRUPT)
            .mos("tcp_timeout = -1\ntcp_tw_interval = 240");
    assertTrue(TransferTest.transfer(setup, "damaged above", 300_000, 300_000));
    assertEquals(0, server.bad + client.bad);
  }
}
