package org.mosstack.sim;

import java.util.HashMap;
import java.util.Map;
import org.mosstack.header.TcpHeader;

/**
 * Counts, for each end of each flow, how often it has sent the oldest byte (or SYN or FIN) that its
 * peer hasn't acknowledged. It tells whether an end that gave up its peer had reason to: R2 is
 * about retransmissions of the same segment (RFC 9293 section 3.8.3), and Linux too only starts to
 * count again when SND.UNA advances. A peer that reports what came behind a hole, or that answers a
 * forged segment, hasn't answered what is sent to fill the hole.
 */
final class Unanswered {
  private final Map<Integer, Flow> flows = new HashMap<>();
  private Flow flow;
  private int receiver;
  private int oldestBefore;
  private int countBefore;

  /** Arrays are indexed by an end's sending direction. */
  private static final class Flow {
    /** Sequence number of the oldest byte that the end doesn't know to have arrived. */
    private final int[] oldest = new int[2];

    /** Sequence number after the highest byte sent. */
    private final int[] end = new int[2];

    /** Transmissions of the oldest byte. */
    private final int[] count = new int[2];

    void sent(int direction, FrameView segment) {
      int seq = segment.seq;
      if (segment.has(TcpHeader.SYN) && seq != oldest[direction] && seq != oldest[direction] - 1) {
        oldest[direction] = seq;
        end[direction] = seq;
        count[direction] = 0;
      }
      if (segment.end() == seq) {
        return;
      }
      if (seq - oldest[direction] <= 0 && segment.end() - oldest[direction] > 0) {
        count[direction]++;
      }
      if (segment.end() - end[direction] > 0) {
        end[direction] = segment.end();
      }
    }

    /** What follows an acknowledged byte may have been sent once already, with that byte. */
    void acknowledged(int direction, int ack) {
      if (ack - oldest[direction] > 0 && ack - end[direction] <= 0) {
        oldest[direction] = ack;
        count[direction] = ack == end[direction] ? 0 : 1;
      }
    }
  }

  /** Counts a segment; it arrives unless {@link #isLost} follows. */
  void sent(int direction, FrameView segment) {
    flow = flows.computeIfAbsent(key(direction, segment), _ -> new Flow());
    flow.sent(direction, segment);
    receiver = SimLink.TO_SERVER + SimLink.TO_CLIENT - direction;
    oldestBefore = flow.oldest[receiver];
    countBefore = flow.count[receiver];
    if (segment.has(TcpHeader.ACK)) {
      flow.acknowledged(receiver, segment.ack);
    }
  }

  /** The last segment sent doesn't arrive. */
  void isLost() {
    if (flow != null) {
      flow.oldest[receiver] = oldestBefore;
      flow.count[receiver] = countBefore;
    }
  }

  /** The last packet sent isn't a segment: no flow could lose it. */
  void other() {
    flow = null;
  }

  /**
   * Returns the count of the end that sends in a direction.
   *
   * @param local its port
   * @param remote its peer's
   */
  int of(int direction, int local, int remote) {
    Flow found = flows.get(key(direction, local, remote));
    return found == null ? 0 : found.count[direction];
  }

  private static int key(int direction, FrameView segment) {
    return key(direction, segment.sourcePort, segment.destinationPort);
  }

  /** Combines the client's and the server's port. */
  private static int key(int direction, int from, int to) {
    return direction == SimLink.TO_SERVER ? from << 16 | to : to << 16 | from;
  }
}
