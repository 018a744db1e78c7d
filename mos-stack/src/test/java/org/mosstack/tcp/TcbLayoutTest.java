package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.tcp.congestion.CongestionControl;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.tcp.scoreboard.RttEstimator;
import org.openjdk.jol.info.ClassLayout;
import org.openjdk.jol.info.FieldLayout;

/**
 * In how many cache lines the fields of a connection lie that every segment needs. The segment of a
 * connection that waited among ten thousand others finds none of them in the cache: each line costs
 * it a trip to memory. There were ten when all fields were in one class.
 */
class TcbLayoutTest {
  private static final int LINE_BYTES = 64;
  private static final int LINES = 6;
  private static final int IDLE_BYTES = 888;

  /** What a segment of data in order, or the ACK of one, reads or writes in any case. */
  private static final Set<String> EVERY_SEGMENT =
      Set.of(
          "core",
          "localAddress",
          "localPort",
          "remoteAddress",
          "remotePort",
          "state",
          "path",
          "handler",
          "appClosed",
          "sndUna",
          "sndNxt",
          "sndMax",
          "sndWnd",
          "sndWl1",
          "sndWl2",
          "maxSndWnd",
          "sndWndShift",
          "sndMss",
          "scoreboard",
          "sendQueue",
          "finQueued",
          "writeBlocked",
          "congestion",
          "recovery",
          "rtt",
          "rttRound",
          "rcvNxt",
          "rcvAdv",
          "rcvWndShift",
          "finSeen",
          "finReceived",
          "receiveQueue",
          "reassembly",
          "timestamps",
          "tsOffset",
          "tsRecent",
          "tsRecentNanos",
          "lastAckSent",
          "rcvMss",
          "ackNow",
          "quickAck",
          "quickAcks",
          "unackedSegments",
          "receiveBuffer");

  @Test
  void whatEverySegmentNeedsIsInFewLines() {
    ClassLayout layout = ClassLayout.parseClass(Connection.class);
    System.out.println(layout.toPrintable());
    TreeMap<Long, List<String>> lines = new TreeMap<>();
    int found = 0;
    for (FieldLayout field : layout.fields()) {
      if (EVERY_SEGMENT.contains(field.name())) {
        found++;
        lines
            .computeIfAbsent(field.offset() / LINE_BYTES, line -> new ArrayList<>())
            .add(field.shortFieldName());
      }
    }
    assertEquals(EVERY_SEGMENT.size(), found, "fields of these names");
    assertTrue(lines.size() <= LINES, lines::toString);
  }

  /** What each connection has for as long as it lives, whether or not something goes on. */
  @Test
  void anIdleConnectionTakesLittle() {
    List<Class<?>> objects =
        List.of(
            Connection.class,
            CongestionControl.create(CongestionAlgorithm.CUBIC).getClass(),
            LossRecovery.class,
            Rack.class,
            RttEstimator.class,
            ReceiveQueue.class);
    long bytes = objects.stream().mapToLong(c -> ClassLayout.parseClass(c).instanceSize()).sum();
    assertTrue(bytes <= IDLE_BYTES, bytes + " bytes");
  }
}
