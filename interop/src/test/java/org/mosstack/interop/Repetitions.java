package org.mosstack.interop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a sender sent again, and whether it had to: the peer had not said, some time before, that it
 * has it (RFC 6675).
 */
final class Repetitions {
  /** What the peer says takes a while to be heard. */
  private static final double SECONDS_TO_HEAR = 0.005;

  /** What the peer has said of one connection. */
  private record Told(Segment.Block block, double at) {}

  private final String sender;
  private final Map<Integer, Long> next = new HashMap<>();
  private final Map<Integer, List<Told>> told = new HashMap<>();
  private final List<Segment> needless = new ArrayList<>();
  private int count;

  private Repetitions(String sender) {
    this.sender = sender;
  }

  /** Looks at all segments of a capture, in order, for those that one address sent again. */
  static Repetitions by(String sender, List<Segment> segments) {
    Repetitions repetitions = new Repetitions(sender);
    segments.forEach(repetitions::take);
    return repetitions;
  }

  /** Returns how many segments were sent again. */
  int count() {
    return count;
  }

  /** Returns those of them that the peer had said it has. */
  List<Segment> needless() {
    return needless;
  }

  private void take(Segment segment) {
    if (!segment.source().equals(sender)) {
      List<Told> all = told.computeIfAbsent(segment.connection(), c -> new ArrayList<>());
      segment.blocks().forEach(block -> all.add(new Told(block, segment.seconds())));
    } else if (segment.hasData() && isAgain(segment)) {
      count++;
      if (wasTold(segment)) {
        needless.add(segment);
      }
    } else if (segment.hasData()) {
      next.put(segment.connection(), segment.end());
    }
  }

  private boolean isAgain(Segment segment) {
    return segment.sequence() < next.getOrDefault(segment.connection(), 0L);
  }

  private boolean wasTold(Segment segment) {
    double heard = segment.seconds() - SECONDS_TO_HEAR;
    return told.getOrDefault(segment.connection(), List.of()).stream()
        .anyMatch(t -> t.at < heard && t.block.covers(segment));
  }
}
