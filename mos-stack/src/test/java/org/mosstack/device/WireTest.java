package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

class WireTest {
  @Test
  void smoke() {
    Wire wire = new Wire("w", 1, 1, 1500, new SplittableRandom(1));
    try (MbufPool a = new MbufPool(4096);
        MbufPool b = new MbufPool(4096)) {
      wire.end(0).attach(0, a);
      wire.end(1).attach(0, b);
      long[] burst = new long[32];
      for (int i = 0; i < 10_000; i++) {
        long m = a.alloc();
        Mbuf.append(m, new byte[] {1, 2, 3, (byte) i}, 0, 4);
        burst[0] = m;
        assertEquals(1, wire.end(0).transmit(0, burst, 1));
        assertEquals(1, wire.end(1).receive(0, burst, 32));
        byte[] got = new byte[4];
        assertEquals(4, Mbuf.copyTo(burst[0], got));
        assertEquals((byte) i, got[3]);
        b.free(burst[0]);
      }
      wire.end(0).detach(0);
      wire.end(1).detach(0);
      assertEquals(0, a.inUse());
      assertEquals(0, b.inUse());
    }
  }
}
