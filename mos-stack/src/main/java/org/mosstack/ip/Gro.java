package org.mosstack.ip;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpFrame;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/**
 * Generic receive offload, as Linux calls it: joins large TCP segments that follow each other in a
 * burst into super-segments ({@link Mbuf#isSuperSegment}), so that TCP processes them as one. Only
 * those are joined whose headers differ in nothing but their sequence numbers, with right
 * checksums, and all of one size but for the last. One per core.
 */
public final class Gro {
  /** Frames from which on joining is worthwhile: smaller ones aren't looked at. */
  private static final int MIN_FRAME_BYTES = 576;

  /** The first segment of the super-segment that may go on, or 0. */
  private long head;

  private long last;
  private int segments;
  private int bytes;
  private int headerBytes;
  private int payloadBytes;
  private int nextSequence;

  /** Creates an object that joins nothing yet. */
  public Gro() {}

  /**
   * Joins what can be joined in a burst that a device has just received.
   *
   * @param from where it came from
   * @param burst the packets, which aren't in use elsewhere; afterwards, those that are left
   * @return how many are left
   */
  public int join(NetInterface from, long[] burst, int n) {
    if (n < 2) {
      return n;
    }
    head = 0;
    int left = 0;
    for (int i = 0; i < n; i++) {
      long mbuf = burst[i];
      int length = Mbuf.packetLength(mbuf);
      boolean large = length >= MIN_FRAME_BYTES;
      if (head != 0 && large && follows(from, mbuf, length)) {
        append(mbuf, length);
      } else {
        burst[left++] = mbuf;
        head = large ? mbuf : 0;
        segments = 1;
      }
    }
    return left;
  }

  private boolean follows(NetInterface from, long mbuf, int length) {
    if (segments == 1 && !open(from)) {
      return false;
    }
    int payload = length - headerBytes;
    long frame = Mbuf.data(mbuf);
    return payload > 0
        && payload <= payloadBytes
        && Mbuf.segments(mbuf) == 1
        && Ipv4Header.totalLength(frame + TcpFrame.IP) == length - TcpFrame.IP
        && TcpHeader.sequence(frame + TcpFrame.TCP) == nextSequence
        && TcpFrame.differInDataOnly(Mbuf.data(head), frame, headerBytes)
        && isIntact(from, mbuf, frame, length);
  }

  /** Whether the first segment is one that others can be joined to. */
  private boolean open(NetInterface from) {
    long frame = Mbuf.data(head);
    int length = Mbuf.packetLength(head);
    boolean fits =
        Mbuf.segments(head) == 1
            && TcpFrame.isPlain(frame, length)
            && isIntact(from, head, frame, length);
    if (!fits) {
      head = 0;
      return false;
    }
    headerBytes = TcpFrame.headerBytes(frame);
    payloadBytes = length - headerBytes;
    nextSequence = TcpHeader.sequence(frame + TcpFrame.TCP) + payloadBytes;
    last = head;
    bytes = length;
    return true;
  }

  private static boolean isIntact(NetInterface from, long mbuf, long frame, int length) {
    long flags = from.checksumFlags(mbuf);
    long ip = frame + TcpFrame.IP;
    long tcp = frame + TcpFrame.TCP;
    int tcpBytes = length - TcpFrame.TCP;
    return ReceivedChecksums.ipOk(flags, ip, Ipv4Header.MIN_BYTES)
        && ReceivedChecksums.tcpOk(
            flags, tcp, tcpBytes, Ipv4Header.source(ip), Ipv4Header.destination(ip));
  }

  private void append(long mbuf, int length) {
    int payload = length - headerBytes;
    boolean ends =
        payload < payloadBytes || TcpHeader.flags(Mbuf.data(mbuf) + TcpFrame.TCP) != TcpHeader.ACK;
    Mbuf.trimFront(mbuf, headerBytes);
    Mbuf.setNext(last, mbuf);
    if (segments == 1) {
      Mbuf.setFlags(head, Mbuf.flags(head) & ~ReceivedChecksums.MASK | ReceivedChecksums.JOINED);
    }
    last = mbuf;
    segments++;
    bytes += payload;
    nextSequence += payload;
    Mbuf.setChainLength(head, segments, bytes);
    if (ends) {
      head = 0;
    }
  }
}
