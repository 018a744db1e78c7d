package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import org.junit.jupiter.api.Test;
import org.mosstack.stats.Counter;

/** SYNs from spoofed neighbours that don't exist; each would cause a broadcast ARP request. */
class ArpFloodTest extends ScriptTestBase {
  private static final int FIRST_NEIGHBOUR = 0x0A00_1000;
  private static final int SYNS = 20_000;

  @Test
  void spoofedSynsMakeFewBroadcasts() {
    s = new Script(16, 1500, 1, ScriptTestBase::withArp);
    s.listen(64, true);
    for (int i = 0; i < SYNS; i++) {
      spoof(syn().mss(MSS).win(0xFFFF), i);
      if (i % 20 == 19) {
        s.run(10);
      }
    }
    s.toOthers.clear();
    // Ten seconds, with 64 unknown neighbours each second and 64 in the listener's SYN queue.
    assertTrue(s.arpRequests < 11 * (64 + 64), s.arpRequests + " requests for " + SYNS + " SYNs");
    assertTrue(s.stack.count(Counter.DROP_ARP_UNKNOWN_PEER) > SYNS * 9 / 10);
    peer = s.peer();
    peer.send(syn().mss(MSS)); // a known neighbour gets its cookie
    peer.expect(synAck());
    peer.send(ack(1, 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
    app = s.accepted.remove();
  }

  @Test
  void nobodyIsLookedForToBeToldOfAReset() {
    s = new Script(16, 1500, 1, ScriptTestBase::withArp);
    for (int i = 0; i < SYNS; i++) {
      spoof(ack(1, 1).win(0xFFFF), i);
      if (i % 20 == 19) {
        s.run(10);
      }
    }
    s.toOthers.clear();
    assertTrue(s.arpRequests < 11 * 64, s.arpRequests + " requests for " + SYNS + " ACKs");
  }

  private void spoof(Seg seg, int number) {
    seg.source = FIRST_NEIGHBOUR + number;
    s.sendTcp(seg.encode(4000, PORT, number, 0), seg);
  }

  private static final int PORT = Script.PORT;
}
