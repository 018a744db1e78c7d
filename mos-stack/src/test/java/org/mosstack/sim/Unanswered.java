package org.mosstack.sim;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts, for each end of each flow, the segments it has sent since one last reached it. That says
 * whether an end that gave its peer up had reason to.
 */
final class Unanswered {
  private final Map<Integer, int[]> flows = new HashMap<>();
  private int[] flow;
  private int receiver;
  private int before;

  /** A segment is sent, and arrives unless {@link #isLost} follows. */
  void sent(int direction, FrameView segment) {
    flow = flows.computeIfAbsent(key(direction, segment), _ -> new int[2]);
    flow[direction]++;
    receiver = opposite(direction);
    before = flow[receiver];
    flow[receiver] = 0;
  }

  /** The last segment sent doesn't arrive. */
  void isLost() {
    if (flow != null) {
      flow[receiver] = before;
    }
  }

  /** What is sent last isn't a segment: there is no flow that it could get lost from. */
  void other() {
    flow = null;
  }

  /**
   * The count of the end that sends in a direction.
   *
   * @param local its port
   * @param remote its peer's
   */
  int of(int direction, int local, int remote) {
    int[] counts = flows.get(key(direction, local, remote));
    return counts == null ? 0 : counts[direction];
  }

  private static int key(int direction, FrameView segment) {
    return key(direction, segment.sourcePort, segment.destinationPort);
  }

  /** The client's port and the server's. */
  private static int key(int direction, int from, int to) {
    return direction == SimLink.TO_SERVER ? from << 16 | to : to << 16 | from;
  }

  private static int opposite(int direction) {
    return SimLink.TO_SERVER + SimLink.TO_CLIENT - direction;
  }
}
