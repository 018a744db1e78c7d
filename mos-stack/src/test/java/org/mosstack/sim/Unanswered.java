package org.mosstack.sim;

import java.util.HashMap;
import java.util.Map;
import org.mosstack.header.TcpHeader;

/**
 * Counts, for each end of each flow, the segments it has sent since its peer last answered one:
 * that is, sent something that arrived, after something had arrived there. It tells whether an end
 * that gave up its peer had reason to.
 */
final class Unanswered {
  private final Map<Integer, Flow> flows = new HashMap<>();
  private Flow flow;
  private int sender;
  private int receiver;
  private int countBefore;
  private boolean heardBefore;
  private boolean senderHeardBefore;

  /** Arrays are indexed by an end's sending direction. */
  private static final class Flow {
    private final int[] count = new int[2];

    /** Whether any of those has arrived at the peer. */
    private final boolean[] heard = new boolean[2];
  }

  /** Counts a segment; it arrives unless {@link #isLost} follows. */
  void sent(int direction, FrameView segment) {
    flow = flows.computeIfAbsent(key(direction, segment), _ -> new Flow());
    sender = direction;
    receiver = SimLink.TO_SERVER + SimLink.TO_CLIENT - direction;
    senderHeardBefore = flow.heard[sender];
    heardBefore = flow.heard[receiver];
    countBefore = flow.count[receiver];
    if (segment.payload > 0 || (segment.flags & (TcpHeader.SYN | TcpHeader.FIN)) != 0) {
      flow.count[sender]++;
      flow.heard[sender] = true;
    }
    if (heardBefore) {
      flow.count[receiver] = 0;
      flow.heard[receiver] = false;
    }
  }

  /** The last segment sent doesn't arrive. */
  void isLost() {
    if (flow != null) {
      flow.heard[sender] = senderHeardBefore;
      flow.heard[receiver] = heardBefore;
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
