package org.mosstack.device;

import java.util.HexFormat;
import org.mosstack.header.Checksum;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** Makes and checks the frames that the device tests send: TCP with correct checksums. */
public final class FlowFrames {
  public static final int CLIENT = 0x0A000001;
  public static final int SERVER = 0x0A000002;
  public static final int SERVER_PORT = 80;
  private static final int HEADERS =
      EthernetHeader.BYTES + Ipv4Header.MIN_BYTES + TcpHeader.MIN_BYTES;

  private FlowFrames() {}

  /** A segment of flow {@code flow}, with this sequence number; 0 if the pool is empty. */
  public static long tcp(MbufPool pool, int flow, int sequence, int payload) {
    long mbuf = pool.alloc();
    if (mbuf == 0) {
      return 0;
    }
    byte[] filler = new byte[payload];
    for (int i = 0; i < payload; i++) {
      filler[i] = (byte) (sequence * 31 + i);
    }
    return tcp(mbuf, flow, sequence, filler, payload);
  }

  /** Like the above with the payload's bytes given, into an empty mbuf; allocates nothing. */
  public static long tcp(long mbuf, int flow, int sequence, byte[] payload, int length) {
    Mbuf.append(mbuf, HEADERS);
    Mbuf.append(mbuf, payload, 0, length);
    long ethernet = Mbuf.data(mbuf);
    EthernetHeader.write(ethernet, 0x020000000002L, 0x020000000001L, EthernetHeader.TYPE_IPV4);
    long ip = ethernet + EthernetHeader.BYTES;
    int ipLength = HEADERS - EthernetHeader.BYTES + length;
    Ipv4Header.write(ip, 0, ipLength, sequence, 64, Ipv4Header.PROTOCOL_TCP, CLIENT, SERVER);
    long tcp = ip + Ipv4Header.MIN_BYTES;
    TcpHeader.write(tcp, flow, SERVER_PORT, sequence, 0, TcpHeader.MIN_BYTES, TcpHeader.ACK, 65535);
    TcpHeader.writeChecksum(tcp, TcpHeader.MIN_BYTES + length, CLIENT, SERVER);
    return mbuf;
  }

  private static long tcpHeader(long mbuf) {
    return Mbuf.data(mbuf) + EthernetHeader.BYTES + Ipv4Header.MIN_BYTES;
  }

  public static int flow(long mbuf) {
    return TcpHeader.sourcePort(tcpHeader(mbuf));
  }

  public static int sequence(long mbuf) {
    return TcpHeader.sequence(tcpHeader(mbuf));
  }

  /** Whether IP header and TCP segment are unchanged. */
  public static boolean isIntact(long mbuf) {
    long ip = Mbuf.data(mbuf) + EthernetHeader.BYTES;
    int segment = Mbuf.packetLength(mbuf) - EthernetHeader.BYTES - Ipv4Header.MIN_BYTES;
    return Checksum.fold(Checksum.sum(ip, Ipv4Header.MIN_BYTES)) == 0xFFFF
        && Ipv4Header.totalLength(ip) == segment + Ipv4Header.MIN_BYTES
        && TcpHeader.checksumOk(
            tcpHeader(mbuf), segment, Ipv4Header.source(ip), Ipv4Header.destination(ip));
  }

  public static byte[] bytes(long mbuf) {
    byte[] bytes = new byte[Mbuf.packetLength(mbuf)];
    Mbuf.copyTo(mbuf, bytes);
    return bytes;
  }

  /** Allocates a packet with these bytes. */
  public static long raw(MbufPool pool, byte[] bytes) {
    long mbuf = pool.alloc();
    Mbuf.append(mbuf, bytes, 0, bytes.length);
    return mbuf;
  }

  public static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
  }
}
