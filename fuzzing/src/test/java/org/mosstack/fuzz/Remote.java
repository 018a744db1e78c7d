package org.mosstack.fuzz;

import java.util.Arrays;
import org.mosstack.testkit.FrameBytes;

/**
 * The other end of a connection of {@link LiveSession}: it knows the right sequence numbers, and
 * sends what the fuzzer makes of them.
 */
final class Remote {
  private static final int DEFAULT_WINDOW = 0xFFFF;

  final int port;
  final int stackPort;

  /** Our initial sequence number; close to the wrap for half of the instances. */
  final int iss;

  /** The next sequence number we send. */
  int sndNxt;

  /** The stack's initial sequence number, once its SYN has arrived. */
  int stackIss;

  boolean stackSynSeen;

  /** The next sequence number we expect from the stack. */
  int rcvNxt;

  /** The stack's last acknowledgment number. */
  int sndUna;

  private int tsVal = 1000;
  private int tsEcr;
  private boolean timestamps;

  Remote(int port, int stackPort) {
    this.port = port;
    this.stackPort = stackPort;
    iss = (port & 1) == 0 ? 0xFFFF_FF00 : 5000;
    sndNxt = iss;
    sndUna = iss;
  }

  /** Returns the byte at a sequence number of ours. */
  static byte pattern(int seq) {
    return (byte) (seq * 31 + (seq >>> 8) * 7 + (seq >>> 16) * 3);
  }

  // ---- Incoming ----

  /** Receives a segment from the stack. */
  void arrive(byte[] frame) {
    int flags = FrameBytes.u8(frame, FrameBytes.TCP + 13);
    int seq = FrameBytes.i32(frame, FrameBytes.TCP + 4);
    int headerBytes = (FrameBytes.u8(frame, FrameBytes.TCP + 12) >> 4) * 4;
    int length = FrameBytes.u16(frame, FrameBytes.IP + 2) - FrameBytes.IPV4_BYTES - headerBytes;
    if ((flags & FrameBytes.RST) != 0) {
      return;
    }
    if ((flags & FrameBytes.SYN) != 0) {
      if (!stackSynSeen || stackIss != seq) {
        rcvNxt = seq;
      }
      stackIss = seq;
      stackSynSeen = true;
      length++;
    }
    if ((flags & FrameBytes.FIN) != 0) {
      length++;
    }
    if (seq - rcvNxt <= 0 && seq + length - rcvNxt > 0) {
      rcvNxt = seq + length;
    }
    if ((flags & FrameBytes.ACK) != 0) {
      sndUna = FrameBytes.i32(frame, FrameBytes.TCP + 8);
    }
    for (int at = FrameBytes.TCP + FrameBytes.TCP_BYTES;
        at + 10 <= FrameBytes.TCP + headerBytes;
        at++) {
      if (frame[at] == 8 && frame[at + 1] == 10) {
        tsEcr = FrameBytes.i32(frame, at + 2);
      }
    }
  }

  // ---- Outgoing ----

  /** Returns a SYN that opens, or answers the stack's. */
  byte[] syn(boolean withTimestamps, byte[] moreOptions) {
    timestamps = withTimestamps;
    byte[] options = new byte[40];
    int n = 0;
    byte[] mss = {2, 4, 5, (byte) 0xB4, 1, 3, 3, 7, 4, 2};
    System.arraycopy(mss, 0, options, 0, n = mss.length);
    if (withTimestamps) {
      n = putTimestamps(options, n, 0, 0);
    }
    int more = Math.min(moreOptions.length, options.length - n);
    System.arraycopy(moreOptions, 0, options, n, more);
    n += more;
    int flags = FrameBytes.SYN | (stackSynSeen ? FrameBytes.ACK : 0);
    byte[] frame = segment(flags, iss, rcvNxt, DEFAULT_WINDOW, Arrays.copyOf(options, n), 0);
    sndNxt = iss + 1;
    return frame;
  }

  /** Returns the next segment of a well-behaved peer. */
  byte[] polite(int bytes, boolean fin) {
    int seq = sndNxt;
    sndNxt += bytes + (fin ? 1 : 0);
    return segment(
        FrameBytes.ACK | (fin ? FrameBytes.FIN : 0), seq, rcvNxt, DEFAULT_WINDOW, right(), bytes);
  }

  private byte[] right() {
    byte[] options = new byte[timestamps ? 10 : 0];
    if (timestamps) {
      putTimestamps(options, 0, 0, 0);
    }
    return options;
  }

  private int putTimestamps(byte[] options, int at, int valDelta, int ecrDelta) {
    if (at + 10 > options.length) {
      return at;
    }
    options[at] = 8;
    options[at + 1] = 10;
    FrameBytes.put32(options, at + 2, tsVal++ + valDelta);
    FrameBytes.put32(options, at + 6, tsEcr + ecrDelta);
    return at + 10;
  }

  /** Returns a segment as chosen by the fuzzer, based on the right values. */
  byte[] fuzzed(Input in) {
    int flags = in.oneOf(16, 24, 17, 25, 2, 18, 4, 20, 0, 1, 16, 0xD0, 0x50, 0x90, 0x30, in.u8());
    int seq = in.oneOf(sndNxt, sndNxt, sndUna, iss) + delta(in);
    int ack = in.oneOf(rcvNxt, rcvNxt, rcvNxt, stackIss + 1) + (in.bool() ? 0 : delta(in));
    int window = in.oneOf(0xFFFF, 0xFFFF, 0, 1, 100, 1460, in.u16());
    int bytes = in.oneOf(0, 0, 1, 2, 100, 536, 1000, 1440, in.u8());
    byte[] options = options(in);
    byte[] frame = segment(flags, seq, ack, window, options, bytes);
    int end = seq + bytes + ((flags & (FrameBytes.SYN | FrameBytes.FIN)) != 0 ? 1 : 0);
    if (seq - sndNxt <= 0 && end - sndNxt > 0) {
      sndNxt = end;
    }
    return frame;
  }

  private static int delta(Input in) {
    return switch (in.u8() % 8) {
      case 0, 1, 2 -> 0;
      case 3 -> in.oneOf(1, -1, 2, -2, 100, -100, 1440, -1440, 2880, 8192, -8192);
      case 4 -> (short) in.u16();
      case 5 -> in.oneOf(65_534, 65_535, 65_536, -65_536, 1 << 20, -(1 << 20));
      case 6 -> Integer.MIN_VALUE + (byte) in.u8();
      default -> in.i32();
    };
  }

  private byte[] options(Input in) {
    switch (in.u8() % 6) {
      case 0, 1 -> {
        return right();
      }
      case 2 -> {
        byte[] options = new byte[10];
        putTimestamps(options, 0, delta(in), delta(in));
        return options;
      }
      case 3 -> {
        return in.take(in.u8() % 41);
      }
      case 4 -> {
        return sack(in);
      }
      default -> {
        return new byte[0];
      }
    }
  }

  /** Returns timestamps, and SACK blocks around what the stack has sent. */
  private byte[] sack(Input in) {
    int blocks = 1 + in.u8() % 4;
    byte[] options = new byte[(timestamps ? 10 : 0) + 2 + 8 * blocks];
    int at = timestamps ? putTimestamps(options, 0, 0, 0) : 0;
    options[at++] = 5;
    options[at++] = (byte) (in.u8() > 240 ? in.u8() : 2 + 8 * blocks);
    for (; at + 8 <= options.length; at += 8) {
      int start = rcvNxt + delta(in);
      FrameBytes.put32(options, at, start);
      FrameBytes.put32(options, at + 4, start + in.oneOf(1, 100, 1440, 2880, 0, -1, in.i32()));
    }
    return options.length > 40 ? Arrays.copyOf(options, 40) : options;
  }

  byte[] segment(int flags, int seq, int ack, int window, byte[] options, int bytes) {
    int headerBytes = FrameBytes.TCP_BYTES + (options.length + 3 & ~3);
    byte[] frame = new byte[FrameBytes.TCP + headerBytes + bytes];
    LiveSession.putIpv4(frame, FrameBytes.PROTOCOL_TCP);
    FrameBytes.put16(frame, FrameBytes.TCP, port);
    FrameBytes.put16(frame, FrameBytes.TCP + 2, stackPort);
    FrameBytes.put32(frame, FrameBytes.TCP + 4, seq);
    FrameBytes.put32(frame, FrameBytes.TCP + 8, ack);
    FrameBytes.put16(frame, FrameBytes.TCP + 12, headerBytes / 4 << 12 | flags & 0xFF);
    FrameBytes.put16(frame, FrameBytes.TCP + 14, window);
    System.arraycopy(options, 0, frame, FrameBytes.TCP + FrameBytes.TCP_BYTES, options.length);
    int first = (flags & FrameBytes.SYN) != 0 ? seq + 1 : seq;
    for (int i = 0; i < bytes; i++) {
      frame[FrameBytes.TCP + headerBytes + i] = pattern(first + i);
    }
    FrameBytes.mend(frame);
    return frame;
  }
}
