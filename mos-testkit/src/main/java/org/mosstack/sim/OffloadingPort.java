package org.mosstack.sim;

import org.mosstack.device.Capabilities;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;

/**
 * A port that fills in and verifies checksums, as a NIC would, in front of a device that does
 * neither. It enforces the rules: frames with checksum offload are prepared as DPDK requires,
 * others have valid checksums. Sums are computed two bytes at a time, without the code under test.
 */
final class OffloadingPort extends ForwardingDevice {
  /** What the port does with TCP checksums. */
  enum Kind {
    /** Fills it in and verifies it, like a NIC. */
    NIC,
    /**
     * Leaves it unfinished for the neighbour on the same machine, and flags such frames on receive.
     */
    VIRTUAL,
    /** Fills it in, but doesn't know the status of every other received packet. */
    FORGETFUL
  }

  private static final int ETHERNET = 14;
  private static final long TX_FLAGS = 0x00D0_0000_0000_0000L; // IPv4, IP_CKSUM, TCP_CKSUM
  private static final int IP_GOOD = 1 << 7;
  private static final int IP_BAD = 1 << 4;
  private static final int TCP_GOOD = 1 << 8;
  private static final int TCP_BAD = 1 << 3;

  private final Kind kind;
  long finished;
  long bad;
  private long received;

  OffloadingPort(NetDevice inner, Kind kind) {
    super(inner);
    this.kind = kind;
  }

  private static int sum(long address, int length, int start) {
    int sum = start;
    for (int i = 0; i < length; i++) {
      int value = Memory.getByte(address + i);
      sum += i % 2 == 0 ? value << 8 : value;
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return sum;
  }

  private static int pseudoHeader(long ip, int tcpBytes) {
    return sum(ip + 12, 8, 6 + tcpBytes);
  }

  private static boolean isIp(long frame) {
    return Memory.getShortBe(frame + 12) == 0x0800;
  }

  private static int ipBytes(long ip) {
    return (Memory.getByte(ip) & 0xF) * 4;
  }

  private static boolean isTcp(long ip) {
    return Memory.getByte(ip + 9) == 6;
  }

  private static int tcpBytes(long ip) {
    return Memory.getShortBe(ip + 2) - ipBytes(ip);
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    for (int i = 0; i < n; i++) {
      if ((Mbuf.flags(mbufs[i]) & TX_FLAGS) != 0) {
        finish(mbufs[i]);
      } else {
        check(Mbuf.data(mbufs[i]));
      }
    }
    return super.transmit(queue, mbufs, n);
  }

  private void finish(long mbuf) {
    long ip = Mbuf.data(mbuf) + ETHERNET;
    long tcp = ip + 20;
    require((Mbuf.flags(mbuf) & TX_FLAGS) == TX_FLAGS, "flags");
    require(Memory.getLong(mbuf + 72) == (20 << 7 | ETHERNET), "tx_offload");
    require(isIp(Mbuf.data(mbuf)) && ipBytes(ip) == 20 && isTcp(ip), "headers");
    require(Memory.getShortBe(ip + 10) == 0, "IP checksum field");
    require(Memory.getShortBe(tcp + 16) == pseudoHeader(ip, tcpBytes(ip)), "TCP checksum field");
    Memory.putShortBe(ip + 10, ~sum(ip, 20, 0));
    if (kind != Kind.VIRTUAL) {
      Memory.putShortBe(tcp + 16, ~sum(tcp, tcpBytes(ip), 0));
    }
    Mbuf.setFlags(mbuf, 0); // done, even if the ring only takes it next time
    finished++;
  }

  private void check(long frame) {
    long ip = frame + ETHERNET;
    if (isIp(frame)) {
      require(sum(ip, ipBytes(ip), 0) == 0xFFFF, "IP checksum in software");
      if (isTcp(ip)) {
        require(isRight(ip) || kind == Kind.VIRTUAL && isUnfinished(ip), "TCP checksum");
      }
    }
  }

  private static boolean isRight(long ip) {
    return sum(ip + ipBytes(ip), tcpBytes(ip), pseudoHeader(ip, tcpBytes(ip))) == 0xFFFF;
  }

  private static boolean isUnfinished(long ip) {
    return Memory.getShortBe(ip + ipBytes(ip) + 16) == pseudoHeader(ip, tcpBytes(ip));
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = super.receive(queue, mbufs, max);
    for (int i = 0; i < n; i++) {
      long frame = Mbuf.data(mbufs[i]);
      boolean tells = kind != Kind.FORGETFUL || received++ % 2 == 0;
      Mbuf.setFlags(mbufs[i], tells && isWhole(mbufs[i]) ? verdict(frame + ETHERNET) : 0);
    }
    return n;
  }

  /** Whether the lengths are consistent: like a NIC, this port checks nothing else. */
  private static boolean isWhole(long mbuf) {
    long frame = Mbuf.data(mbuf);
    int length = Mbuf.packetLength(mbuf) - ETHERNET;
    long ip = frame + ETHERNET;
    return isIp(frame)
        && length >= 20
        && ipBytes(ip) >= 20
        && Memory.getShortBe(ip + 2) <= length
        && (!isTcp(ip) || tcpBytes(ip) >= 20);
  }

  private int verdict(long ip) {
    int flags = sum(ip, ipBytes(ip), 0) == 0xFFFF ? IP_GOOD : IP_BAD;
    if (isTcp(ip)) {
      boolean none = kind == Kind.VIRTUAL && isUnfinished(ip);
      flags |= none ? TCP_GOOD | TCP_BAD : isRight(ip) ? TCP_GOOD : TCP_BAD;
    }
    if ((flags & (IP_GOOD | IP_BAD)) == IP_BAD || (flags & (TCP_GOOD | TCP_BAD)) == TCP_BAD) {
      bad++;
    }
    return flags;
  }

  @Override
  public Capabilities capabilities() {
    Capabilities c = super.capabilities();
    return new Capabilities(true, true, false, c.rss(), c.wakeups());
  }
}
