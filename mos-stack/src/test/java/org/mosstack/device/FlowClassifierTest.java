package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** Which queue a frame is for, as a NIC would decide. */
class FlowClassifierTest {
  private static final int NONE = 77;

  private final MbufPool pool = new MbufPool(64);
  private final FlowClassifier classifier =
      new FlowClassifier(Rss.random(new SplittableRandom(1), 8));

  @AfterEach
  void close() {
    pool.close();
  }

  private byte[] frame(int flow) {
    long mbuf = FlowFrames.tcp(pool, flow, 1, 10);
    byte[] bytes = FlowFrames.bytes(mbuf);
    pool.free(mbuf);
    return bytes;
  }

  private static byte[] tagged(byte[] frame, int control) {
    ByteBuffer tagged = ByteBuffer.allocate(frame.length + 4);
    tagged.put(frame, 0, 12).putShort((short) 0x8100).putShort((short) control);
    return tagged.put(frame, 12, frame.length - 12).array();
  }

  /** Returns queue and hash. */
  private long classify(byte[] frame) {
    long mbuf = FlowFrames.raw(pool, frame);
    int queue = classifier.queue(mbuf, NONE);
    long both = (long) queue << 32 | Mbuf.rssHash(mbuf) & 0xFFFF_FFFFL;
    pool.free(mbuf);
    return both;
  }

  @Test
  void aPriorityTagDoesNotMoveAFlow() {
    for (int flow = 1000; flow < 1200; flow++) {
      byte[] frame = frame(flow);
      long plain = classify(frame);
      assertNotEquals(0, (int) plain);
      for (int priority = 0; priority < 16; priority++) {
        assertEquals(plain, classify(tagged(frame, priority << 12)));
      }
    }
  }

  @Test
  void whatIsNotForUsHasNoHash() {
    long none = (long) NONE << 32;
    assertEquals(none, classify(tagged(frame(1000), 1)));
    assertEquals(none, classify(tagged(tagged(frame(1000), 0), 0)));
    for (int length = 0; length < 38; length++) {
      assertEquals(none, classify(Arrays.copyOf(tagged(frame(1000), 0), length)));
    }
  }
}
