package org.mosstack.script;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.StringJoiner;

/**
 * A TCP segment of a script: to send, to expect, or received. Sequence numbers are relative: 0 is
 * the SYN of either end. Payload follows {@link #pattern} unless set, so that a length is enough to
 * check every byte.
 *
 * <p>What a script doesn't set takes its default when sent and isn't checked when expected; flags
 * (except PSH), sequence number, acknowledgment and length always are.
 */
final class Seg {
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;
  static final int URG = 32;
  static final int ECE = 64;
  static final int CWR = 128;
  static final int ABSENT = -1;

  int flags;
  int seq;
  int ack;
  int len;
  byte[] payload;
  Integer win;
  Integer mss;
  Integer wscale;
  Boolean hasTs;
  Integer tsVal;
  Integer tsEcr;
  Boolean sackPermitted;

  /** Left and right edges of SACK blocks, relative to the ISN of their receiver. */
  int[] sack;

  /** The Fast Open cookie (RFC 7413); empty to request one. */
  byte[] cookie;

  /** Whether there is a cookie of any value. */
  Boolean anyCookie;

  /** Raw options, after the others. */
  byte[] moreOptions;

  byte[] rawOptions;

  /** The packet's type-of-service octet, with its ECN codepoint (RFC 3168 section 5). */
  Integer tos;

  /** Whether a packet from the stack may not be fragmented. */
  Boolean dontFragment;

  /** Source and destination of a segment to send, if not peer to stack. */
  Integer source;

  Integer destination;
  boolean checksumWrong;

  long atNanos;

  private Seg(int flags, int seq, int ack, int len) {
    this.flags = flags;
    this.seq = seq;
    this.ack = ack;
    this.len = len;
  }

  // ---- What scripts say ----

  static Seg of(int flags, int seq, int ack, int len) {
    return new Seg(flags, seq, ack, len);
  }

  static Seg syn() {
    return new Seg(SYN, 0, 0, 0);
  }

  static Seg synAck() {
    return new Seg(SYN | ACK, 0, 1, 0);
  }

  static Seg ack(int seq, int ack) {
    return new Seg(ACK, seq, ack, 0);
  }

  static Seg data(int seq, int ack, int len) {
    return new Seg(ACK, seq, ack, len);
  }

  static Seg fin(int seq, int ack) {
    return new Seg(FIN | ACK, seq, ack, 0);
  }

  static Seg dataFin(int seq, int ack, int len) {
    return new Seg(FIN | ACK, seq, ack, len);
  }

  static Seg rst(int seq) {
    return new Seg(RST, seq, 0, 0);
  }

  static Seg rstAck(int seq, int ack) {
    return new Seg(RST | ACK, seq, ack, 0);
  }

  /** Sets the window field, not scaled. */
  Seg win(int field) {
    win = field;
    return this;
  }

  Seg mss(int bytes) {
    mss = bytes;
    return this;
  }

  Seg noMss() {
    return mss(ABSENT);
  }

  Seg wscale(int shift) {
    wscale = shift;
    return this;
  }

  Seg noWscale() {
    return wscale(ABSENT);
  }

  Seg ts(int val, int ecr) {
    tsEcr = ecr;
    return ts(val);
  }

  Seg ts(int val) {
    hasTs = true;
    tsVal = val;
    return this;
  }

  /** Sets a timestamps option that echoes this value; its own value isn't checked. */
  Seg echo(int ecr) {
    hasTs = true;
    tsEcr = ecr;
    return this;
  }

  /** Sets SACK-permitted, for a SYN. */
  Seg sackOk() {
    sackPermitted = true;
    return this;
  }

  Seg noSackOk() {
    sackPermitted = false;
    return this;
  }

  /** Sets SACK blocks: relative left and right edges in turn; none means no option. */
  Seg sack(int... edges) {
    sack = edges;
    return this;
  }

  Seg noTs() {
    hasTs = false;
    return this;
  }

  /** Sets raw option bytes, padded to full words with zeros; sent as is. */
  Seg options(int... bytes) {
    rawOptions = new byte[bytes.length + 3 & ~3];
    for (int i = 0; i < bytes.length; i++) {
      rawOptions[i] = (byte) bytes[i];
    }
    return this;
  }

  Seg psh() {
    flags |= PSH;
    return this;
  }

  Seg ece() {
    flags |= ECE;
    return this;
  }

  Seg cwr() {
    flags |= CWR;
    return this;
  }

  /** Sets the type-of-service octet, whose last two bits are the ECN field. */
  Seg tos(int octet) {
    tos = octet;
    return this;
  }

  /** Sets a payload other than the pattern. */
  Seg payload(byte[] bytes) {
    payload = bytes;
    len = bytes.length;
    return this;
  }

  Seg wrongChecksum() {
    checksumWrong = true;
    return this;
  }

  /** Returns the sequence number of the first payload byte, which follows any SYN. */
  int dataSeq() {
    return has(SYN) ? seq + 1 : seq;
  }

  /** Returns the stream's byte at this relative sequence number. */
  static byte pattern(int seq) {
    return (byte) (seq * 31 + (seq >>> 8) * 7);
  }

  static byte[] patternBytes(int seq, int len) {
    byte[] bytes = new byte[len];
    for (int i = 0; i < len; i++) {
      bytes[i] = pattern(seq + i);
    }
    return bytes;
  }

  // ---- On the wire ----

  /** Returns the segment's bytes without checksum and ports; ISNs make the numbers absolute. */
  byte[] encode(int sourcePort, int destinationPort, int iss, int irs) {
    byte[] options = rawOptions != null ? rawOptions : OptionBytes.encode(this, irs);
    byte[] body = payload != null ? payload : patternBytes(dataSeq(), len);
    ByteBuffer tcp = ByteBuffer.allocate(20 + options.length + body.length);
    tcp.putShort((short) sourcePort).putShort((short) destinationPort);
    tcp.putInt(iss + seq).putInt((flags & ACK) != 0 ? irs + ack : 0);
    tcp.putShort((short) ((20 + options.length) / 4 << 12 | flags));
    tcp.putShort((short) (int) win).putInt(0).put(options).put(body);
    return tcp.array();
  }

  /** Reads a segment; {@code tcp} starts at its header. */
  static Seg decode(ByteBuffer tcp, int iss, int irs) {
    int headerBytes = (tcp.get(12) & 0xF0) >>> 2;
    int flags = tcp.get(13) & 0xFF;
    boolean hasAck = (flags & ACK) != 0;
    Seg seg =
        new Seg(
            flags,
            tcp.getInt(4) - iss,
            hasAck ? tcp.getInt(8) - irs : tcp.getInt(8),
            tcp.limit() - headerBytes);
    seg.win = tcp.getShort(14) & 0xFFFF;
    seg.payload = new byte[seg.len];
    tcp.get(headerBytes, seg.payload);
    OptionBytes.decode(seg, tcp, headerBytes, irs);
    return seg;
  }

  // ---- Comparing ----

  /** Whether a received segment matches this one. */
  boolean matches(Seg actual) {
    int ignored = (flags & PSH) == 0 ? PSH : 0;
    return flags == (actual.flags & ~ignored)
        && seq == actual.seq
        && ack == actual.ack
        && len == actual.len
        && same(win, actual.win)
        && same(mss, actual.mss)
        && same(wscale, actual.wscale)
        && same(hasTs, actual.hasTs)
        && same(tsVal, actual.tsVal)
        && same(tsEcr, actual.tsEcr)
        && same(sackPermitted, actual.sackPermitted)
        && (sack == null || Arrays.equals(sack, actual.sack))
        && (cookie == null || Arrays.equals(cookie, actual.cookie))
        && (anyCookie == null || anyCookie == (actual.cookie != null && actual.cookie.length > 0))
        && same(dontFragment, actual.dontFragment)
        && same(tos, actual.tos);
  }

  private static boolean same(Object said, Object actual) {
    return said == null || said.equals(actual);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(has(SYN) ? "S" : "").append(has(FIN) ? "F" : "").append(has(RST) ? "R" : "");
    text.append(has(PSH) ? "P" : "").append(has(ACK) ? "." : "").append(has(URG) ? "U" : "");
    text.append(has(ECE) ? "E" : "").append(has(CWR) ? "W" : "");
    text.append(" seq ").append(seq).append(" len ").append(len);
    if (has(ACK)) {
      text.append(" ack ").append(ack);
    }
    if (win != null) {
      text.append(" win ").append(win);
    }
    if (dontFragment == Boolean.FALSE) {
      text.append(" no-df");
    }
    if (tos != null && tos != 0) {
      text.append(" tos ").append(tos);
    }
    StringJoiner options = new StringJoiner(", ", " <", ">").setEmptyValue("");
    if (mss != null) {
      options.add("mss " + mss);
    }
    if (wscale != null) {
      options.add("wscale " + wscale);
    }
    if (hasTs != null) {
      options.add(hasTs ? "ts " + tsVal + " " + tsEcr : "no ts");
    }
    if (sackPermitted == Boolean.TRUE) {
      options.add("sackok");
    }
    if (sack != null && sack.length > 0) {
      options.add("sack " + Arrays.toString(sack));
    }
    if (cookie != null) {
      options.add("fo " + HexFormat.of().formatHex(cookie));
    }
    if (tos != null && tos != 0) {
      options.add("tos " + tos);
    }
    return text.append(options).toString();
  }
}
