package org.mosstack.ip;

import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;

/**
 * One core's view of a device: its queue there, the stack's address on it, and a buffer that
 * collects a turn's frames into one transmit burst.
 *
 * <p>Belongs to the core's thread. An address in 127.0.0.0/8 makes it the loopback interface, whose
 * MAC address is 0 and on which there is no ARP.
 */
public final class NetInterface {
  /** Bytes at which a burst is no longer held back: the receiver can begin with them. */
  private static final int FLUSH_BYTES = 128 * 1024;

  /** Segments of a super-segment, at most. */
  public static final int MAX_SEGMENTS = 44;

  private final NetDevice device;
  private final int queue;
  private final int address;
  private final int prefixLength;
  private final long mac;
  private final int mtu;
  private final boolean rxChecksum;
  private final boolean txChecksum;
  private final boolean txSegmentation;
  private final long[] transmitBuffer;
  private final int burst;
  private final MbufPool pool;
  private final Counters counters;
  private final DeviceCounters deviceCounters;
  private boolean linkUp = true;
  private int pending;
  private long pendingBytes;

  /** Bytes gathered since frames were last offered to the device. */
  private int unflushedBytes;

  /**
   * Creates the view; the device must be attached to the pool before the first burst.
   *
   * @param device the device
   * @param queue this core's queue on it, from 0
   * @param address the stack's IPv4 address on the device
   * @param prefixLength length of the network prefix, 0 to 32 bits
   * @param txBurstCapacity frames that may wait for the device, at least 1; half as many are handed
   *     over as a burst without waiting for {@link #flush}
   * @param pool the core's pool, to which the frames belong
   * @param counters the core's counters
   * @param deviceCounters this core's counters of the device
   * @throws IllegalArgumentException if a value is out of range
   */
  public NetInterface(
      NetDevice device,
      int queue,
      int address,
      int prefixLength,
      int txBurstCapacity,
      MbufPool pool,
      Counters counters,
      DeviceCounters deviceCounters) {
    if (queue < 0 || queue >= device.queues()) {
      throw new IllegalArgumentException("queue " + queue + " of " + device.queues());
    }
    if (prefixLength < 0 || prefixLength > 32) {
      throw new IllegalArgumentException("prefix length " + prefixLength + ", 0 to 32");
    }
    if (txBurstCapacity < 1) {
      throw new IllegalArgumentException("transmit burst " + txBurstCapacity + ", at least 1");
    }
    this.device = device;
    this.queue = queue;
    this.address = address;
    this.prefixLength = prefixLength;
    this.pool = pool;
    this.counters = counters;
    this.deviceCounters = deviceCounters;
    mac = Addresses.isLoopback(address) ? 0 : device.mac();
    mtu = device.mtu();
    Capabilities capabilities = device.capabilities();
    rxChecksum = capabilities.rxChecksum();
    txChecksum = capabilities.txChecksum();
    txSegmentation = capabilities.txSegmentation();
    transmitBuffer = new long[txBurstCapacity];
    burst = (txBurstCapacity + 1) / 2;
  }

  /** The device behind the interface. */
  public NetDevice device() {
    return device;
  }

  /** This core's queue on the device. */
  public int queue() {
    return queue;
  }

  /** The stack's IPv4 address on the device. */
  public int address() {
    return address;
  }

  /** Length of the network prefix of {@link #address()}, 0 to 32 bits. */
  public int prefixLength() {
    return prefixLength;
  }

  /** MAC address, 48 bits; 0 on the loopback interface. */
  public long mac() {
    return mac;
  }

  /** Largest IP packet in bytes. */
  public int mtu() {
    return mtu;
  }

  /** What is known about the checksums of a received packet; 0 if nothing. */
  long checksumFlags(long mbuf) {
    return rxChecksum || Mbuf.isSuperSegment(mbuf) ? Mbuf.flags(mbuf) : 0;
  }

  /** Whether the device fills in the IPv4 and TCP checksums of packets that ask for it. */
  public boolean txChecksum() {
    return txChecksum;
  }

  /**
   * Largest super-segment that {@link #transmit} takes now, leaving some room in its buffer: in
   * segments, at least 1.
   *
   * @param reserve frames for which there must be room afterwards
   */
  public int transmitSegments(int reserve) {
    return txSegmentation ? MAX_SEGMENTS : Math.clamp(transmitSpace() - reserve, 1, MAX_SEGMENTS);
  }

  /** Largest packet that is received, in bytes: a super-segment, where the device has these. */
  public int largestPacket() {
    return txSegmentation ? Ipv4Header.MAX_TOTAL_LENGTH : mtu;
  }

  /** This core's counters of the device. */
  public DeviceCounters counters() {
    return deviceCounters;
  }

  /** Whether this is the loopback interface. */
  public boolean isLoopback() {
    return Addresses.isLoopback(address);
  }

  /**
   * Receives and counts frames; the caller owns them.
   *
   * @param burst receives their addresses, from index 0
   * @param max maximum number of frames, not more than {@code burst.length}
   * @return number of frames received
   */
  public int receive(long[] burst, int max) {
    int n = device.receive(queue, burst, max);
    if (n > 0) {
      long bytes = 0;
      for (int i = 0; i < n; i++) {
        bytes += Mbuf.packetLength(burst[i]);
      }
      deviceCounters.received(n, bytes);
    }
    return n;
  }

  /**
   * Copies the device's counts of receive errors into {@link #counters()}. Some NICs answer slowly:
   * call it about once a second.
   */
  public void refreshReceiveErrors() {
    long missed = device.receiveMissed(queue);
    long noMbuf = device.receiveNoMbuf(queue);
    // The sum is read last: packets lost meanwhile count as bad until the next call.
    long bad = device.receiveErrors(queue) - missed - noMbuf;
    deviceCounters.receiveErrors(missed, noMbuf, Math.max(0, bad));
  }

  /** Whether the link was up at the last check; true before the first. */
  public boolean isLinkUp() {
    return linkUp;
  }

  /**
   * Checks the device's link. If it is down, frames that still wait are dropped and counted: they
   * would be stale when it is back.
   *
   * @return whether it went up or down since the last call
   */
  boolean checkLink() {
    boolean up = device.linkUp();
    if (up == linkUp) {
      return false;
    }
    linkUp = up;
    if (!up) {
      counters.add(Counter.DROP_LINK_DOWN, pending);
      freePending();
    }
    return true;
  }

  /**
   * Queues a finished frame for the next burst, and hands over a burst that is large enough. Owns
   * the mbuf in any case: without a link, or with buffer and ring full, it is freed and counted.
   *
   * @return false if the frame was dropped
   */
  public boolean transmit(long mbuf) {
    if (!linkUp) {
      counters.increment(Counter.DROP_LINK_DOWN);
      pool.free(mbuf);
      return false;
    }
    if (pending == transmitBuffer.length) {
      flush(); // The ring was full when the last place was taken; it may have drained since.
      if (pending == transmitBuffer.length) {
        counters.increment(Counter.DROP_TX_RING_FULL);
        pool.free(mbuf);
        return false;
      }
    }
    transmitBuffer[pending++] = mbuf;
    int length = Mbuf.packetLength(mbuf);
    pendingBytes += length;
    unflushedBytes += length;
    // With a full ring, pending passes the mark: the device isn't called again for each frame.
    if (pending == burst || unflushedBytes >= FLUSH_BYTES || pending == transmitBuffer.length) {
      flush();
    }
    return true;
  }

  /** Cuts a super-segment for a device that doesn't, and sends the segments. */
  private boolean transmitCut(long head) {
    long mbuf = head;
    boolean sent = true;
    for (int left = Gso.cut(head, EthernetHeader.BYTES, txChecksum); left > 0; left--) {
      long next = Mbuf.next(mbuf);
      Mbuf.setNext(mbuf, 0); // a device takes a linked mbuf for a multi-segment packet
      sent &= transmit(mbuf);
      mbuf = next;
    }
    return sent;
  }

  /**
   * Like {@link #transmit(long)}, for what an Ethernet header is yet to be prepended to.
   *
   * @param mbuf data behind that header
   * @param destinationMac 48 bits
   * @param type EtherType
   */
  boolean transmit(long mbuf, long destinationMac, int type) {
    long frame = Mbuf.prepend(mbuf, EthernetHeader.BYTES);
    EthernetHeader.write(frame, destinationMac, mac, type);
    boolean toCut = !txSegmentation && Mbuf.requestsSegmentation(mbuf);
    return toCut ? transmitCut(mbuf) : transmit(mbuf);
  }

  /** Hands the queued frames to the device; what its ring doesn't take waits for the next call. */
  public void flush() {
    if (pending == 0) {
      return;
    }
    unflushedBytes = 0;
    // The device owns what it takes: lengths are recorded before, or read from what it left.
    int taken = device.transmit(queue, transmitBuffer, pending);
    int left = pending - taken;
    long leftBytes = 0;
    for (int i = 0; i < left; i++) {
      long mbuf = transmitBuffer[taken + i];
      transmitBuffer[i] = mbuf;
      leftBytes += Mbuf.packetLength(mbuf);
    }
    deviceCounters.sent(taken, pendingBytes - leftBytes);
    pending = left;
    pendingBytes = leftBytes;
  }

  /**
   * Frames that {@link #transmit} is sure to accept now; 0 only if the device's ring is full.
   * Without a link it accepts any number, and drops them.
   */
  public int transmitSpace() {
    return transmitBuffer.length - pending;
  }

  /** Frames queued and not yet taken by the device. */
  public int pending() {
    return pending;
  }

  /** Hands over what the device takes and frees the rest, uncounted: the stack is being closed. */
  void close() {
    flush();
    freePending();
  }

  private void freePending() {
    while (pending > 0) {
      pool.free(transmitBuffer[--pending]);
    }
    pendingBytes = 0;
  }
}
