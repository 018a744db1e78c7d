package org.mosstack.sim;

import java.nio.ByteBuffer;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.TcpConnection;
import org.mosstack.tcp.TcbRules;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FrameBytes;

/**
 * An off-path attacker that guesses well (RFC 5961): wherever possible, its segments lie in the
 * windows without being exactly what the peer would have sent. None may do harm.
 */
final class Forger {
  private static final int ETHERNET_BYTES = 14;
  private static final int IP_BYTES = 20;
  private static final int TIMESTAMPS_BYTES = 12;
  private static final int MAX_PAYLOAD = 40;
  private static final int WINDOW = 4096;

  /** Beyond any window in a run. */
  private static final int FAR = 1 << 20;

  private final Dice dice;

  Forger(long seed) {
    dice = new Dice(seed);
  }

  /** Returns a segment in the name of the connection's peer. */
  byte[] forge(TcpConnection victim, long fromMac, long toMac) {
    int wnd = TcbRules.receiveWindow(victim);
    int next = TcbRules.receiveNext(victim);
    int inside = wnd > 2 ? next + 1 + dice.below(wnd - 2) : next + FAR;
    int una = TcbRules.sendUnacknowledged(victim);
    int tooNew = TcbRules.sendMax(victim) + 1 + dice.below(FAR);
    int tooOld = una - TcbRules.largestSendWindow(victim) - 1 - dice.below(FAR);
    int payload = 1 + dice.below(MAX_PAYLOAD);
    return switch (dice.below(7)) {
      case 0 -> frame(victim, fromMac, toMac, TcpHeader.RST, inside, 0, 0);
      case 1 -> frame(victim, fromMac, toMac, TcpHeader.RST, next + wnd + FAR, 0, 0);
      case 2 -> frame(victim, fromMac, toMac, TcpHeader.RST | TcpHeader.ACK, next - 1, una, 0);
      case 3 -> frame(victim, fromMac, toMac, TcpHeader.SYN, (int) dice.next(), 0, 0);
      case 4 -> frame(victim, fromMac, toMac, TcpHeader.ACK, inside, tooNew, payload);
      case 5 -> frame(victim, fromMac, toMac, TcpHeader.ACK, inside, tooOld, payload);
      default ->
          frame(victim, fromMac, toMac, TcpHeader.FIN | TcpHeader.ACK, inside, tooNew, payload);
    };
  }

  private static byte[] frame(
      TcpConnection victim, long fromMac, long toMac, int flags, int seq, int ack, int payload) {
    boolean stamped = TcbRules.usesTimestamps(victim);
    int headerBytes = TcpHeader.MIN_BYTES + (stamped ? TIMESTAMPS_BYTES : 0);
    int ipBytes = IP_BYTES + headerBytes + payload;
    ByteBuffer b = ByteBuffer.allocate(ETHERNET_BYTES + ipBytes);
    b.putShort((short) (toMac >>> 32)).putInt((int) toMac);
    b.putShort((short) (fromMac >>> 32)).putInt((int) fromMac);
    b.putShort((short) 0x0800);
    b.put((byte) 0x45).put((byte) 0).putShort((short) ipBytes).putInt(0x4000);
    b.put((byte) 64).put((byte) 6).putShort((short) 0);
    b.putInt(Endpoints.address(victim.remote())).putInt(Endpoints.address(victim.local()));
    b.putShort((short) victim.remote().port()).putShort((short) victim.local().port());
    b.putInt(seq).putInt(ack);
    b.putShort((short) (headerBytes << 10 | flags)).putShort((short) WINDOW).putInt(0);
    if (stamped) {
      b.putInt(0x0101_080A).putInt(TcbRules.recentTimestamp(victim)).putInt(0);
    }
    byte[] frame = b.array();
    FrameBytes.mend(frame);
    return frame;
  }
}
