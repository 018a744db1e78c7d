package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/** Which queue a frame goes to: arbitrary bytes, and nothing after their end matters. */
class FlowClassifierFuzzTest {
  private static final int QUEUES = 4;
  private static final int OTHERWISE = 3;

  @FuzzTest
  void queue(byte[] input) {
    if (input.length > MbufPool.DEFAULT_DATA_ROOM_BYTES) {
      return;
    }
    byte[] key = new byte[52];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (i * 71 + 5);
    }
    FlowClassifier classifier = new FlowClassifier(new Rss(key, QUEUES));
    assertEquals(queue(classifier, input, 0x00), queue(classifier, input, 0xFF));
  }

  private static String queue(FlowClassifier classifier, byte[] input, int behind) {
    try (MbufPool pool = new MbufPool(1)) {
      long mbuf = pool.alloc();
      long data = Mbuf.append(mbuf, input.length);
      byte[] rest = new byte[MbufPool.DEFAULT_DATA_ROOM_BYTES - input.length];
      Arrays.fill(rest, (byte) behind);
      Memory.copy(rest, 0, data + input.length, rest.length);
      Memory.copy(input, 0, data, input.length);
      int queue = classifier.queue(mbuf, OTHERWISE);
      assertTrue(queue >= 0 && queue < QUEUES, "queue " + queue);
      return queue + " " + Mbuf.rssHash(mbuf);
    }
  }
}
