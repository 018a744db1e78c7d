package org.mosstack.header;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

class HeaderTest {
  private final MbufPool pool = new MbufPool(1);
  private final long header = Mbuf.append(pool.alloc(), 256);

  @AfterEach
  void close() {
    pool.close();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
  }

  private byte[] written(int length) {
    byte[] bytes = new byte[length];
    Memory.copy(header, bytes, 0, length);
    return bytes;
  }

  private void put(String digits) {
    byte[] bytes = hex(digits);
    Memory.copy(bytes, 0, header, bytes.length);
  }

  @Test
  void ethernet() {
    EthernetHeader.write(header, 0xFEDCBA987654L, 0x80FF01020304L, EthernetHeader.TYPE_ARP);
    assertArrayEquals(hex("fedcba987654 80ff01020304 0806"), written(14));
    assertEquals(0xFEDCBA987654L, EthernetHeader.destination(header));
    assertEquals(EthernetHeader.TYPE_ARP, EthernetHeader.type(header));
    EthernetHeader.write(header, 0xFFFFFFFFFFFFL, 0, 0xFFFF);
    assertEquals(0xFFFFFFFFFFFFL, EthernetHeader.destination(header));
    assertEquals(0xFFFF, EthernetHeader.type(header));
  }

  @Test
  void arp() {
    ArpHeader.write(
        header, ArpHeader.REQUEST, 0x02AABBCCDDEEL, 0xC0A80001, 0xF00000000001L, 0xFFA800FE);
    assertArrayEquals(
        hex("0001 0800 06 04 0001 02aabbccddee c0a80001 f00000000001 ffa800fe"), written(28));
    assertTrue(ArpHeader.isEthernetIpv4(header));
    assertEquals(ArpHeader.REQUEST, ArpHeader.operation(header));
    assertEquals(0x02AABBCCDDEEL, ArpHeader.senderMac(header));
    assertEquals(0xC0A80001, ArpHeader.senderIp(header));
    assertEquals(0xFFA800FE, ArpHeader.targetIp(header));
    for (int i = 0; i < 6; i++) {
      Memory.putByte(header + i, Memory.getByte(header + i) ^ 0x80);
      assertFalse(ArpHeader.isEthernetIpv4(header), "byte " + i + " is wrong");
      Memory.putByte(header + i, Memory.getByte(header + i) ^ 0x80);
    }
  }

  @Test
  void ipv4() {
    Ipv4Header.write(header, 0xB8, 0xFFDC, 0xABCD, 255, 17, 0xC0A80001, 0xFFFFFFFE);
    assertArrayEquals(hex("45 b8 ffdc abcd 4000 ff 11"), java.util.Arrays.copyOf(written(20), 10));
    assertArrayEquals(hex("c0a80001 fffffffe"), java.util.Arrays.copyOfRange(written(20), 12, 20));
    assertEquals(4, Ipv4Header.version(header));
    assertEquals(20, Ipv4Header.headerBytes(header));
    assertEquals(0xB8, Ipv4Header.tos(header));
    assertEquals(0xFFDC, Ipv4Header.totalLength(header));
    assertFalse(Ipv4Header.isFragment(header), "don't fragment isn't a fragment");
    assertEquals(17, Ipv4Header.protocol(header));
    assertEquals(0xC0A80001, Ipv4Header.source(header));
    assertEquals(0xFFFFFFFE, Ipv4Header.destination(header));
    assertTrue(Ipv4Header.checksumOk(header, 20));
    Ipv4Header.clearChecksum(header);
    assertEquals(0, Memory.getShort(header + 10), "for a device to fill in");
  }

  @Test
  void ipv4ChecksumOfAPublishedHeader() {
    // The usual textbook example: checksum b861.
    put("4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7");
    assertTrue(Ipv4Header.checksumOk(header, 20));
    Ipv4Header.write(header, 0, 0x73, 0, 64, 17, 0xC0A80001, 0xC0A800C7);
    assertArrayEquals(hex("4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7"), written(20));
  }

  @Test
  void ipv4NoticesEveryWrongBit() {
    Ipv4Header.write(header, 0, 1500, 7, 64, 6, 0x0A000001, 0x0A000002);
    Ipv4Fields fields = new Ipv4Fields();
    fields.read(header);
    assertTrue(fields.checksumOk(header));
    for (int bit = 0; bit < 160; bit++) {
      long at = header + bit / 8;
      Memory.putByte(at, Memory.getByte(at) ^ 1 << bit % 8);
      assertFalse(Ipv4Header.checksumOk(header, 20), "bit " + bit);
      fields.read(header);
      assertFalse(fields.checksumOk(header), "bit " + bit);
      Memory.putByte(at, Memory.getByte(at) ^ 1 << bit % 8);
    }
  }

  @Test
  void ipv4ChecksumCoversOptions() {
    put("46 00 0018 0000 0000 40 06 0000 0a000001 0a000002 01010101");
    assertEquals(24, Ipv4Header.headerBytes(header));
    Memory.putShort(header + 10, ~Checksum.fold(Checksum.sum(header, 24)));
    assertTrue(Ipv4Header.checksumOk(header, 24));
    assertFalse(Ipv4Header.checksumOk(header, 20));
  }

  @Test
  void ipv4LengthsAndFragments() {
    put("4f 00 0000 0000 2000");
    assertEquals(60, Ipv4Header.headerBytes(header));
    assertTrue(Ipv4Header.isFragment(header), "more fragments");
    assertEquals(0, Ipv4Header.fragmentOffset(header));
    put("f0 00 0000 0000 0001");
    assertEquals(15, Ipv4Header.version(header));
    assertEquals(0, Ipv4Header.headerBytes(header));
    assertTrue(Ipv4Header.isFragment(header), "last fragment");
    assertEquals(8, Ipv4Header.fragmentOffset(header));
    put("45 00 0000 0000 8000");
    assertFalse(Ipv4Header.isFragment(header), "the reserved bit");
  }

  @Test
  void tcp() {
    TcpHeader.write(
        header, 0xFFFE, 443, 0xFEDCBA98, 0x80000001, 60, TcpHeader.SYN | TcpHeader.ACK, 0xFFFF);
    assertArrayEquals(hex("fffe 01bb fedcba98 80000001 f0 12 ffff 0000 0000"), written(20));
    assertEquals(0xFFFE, TcpHeader.sourcePort(header));
    assertEquals(443, TcpHeader.destinationPort(header));
    assertEquals(0xFEDCBA98, TcpHeader.sequence(header));
    long numbers = TcpHeader.portsAndSequence(header);
    assertEquals(0xFFFE, TcpHeader.sourcePortOf(numbers));
    assertEquals(443, TcpHeader.destinationPortOf(numbers));
    assertEquals(0xFEDCBA98, TcpHeader.sequenceOf(numbers));
    long control = TcpHeader.acknowledgmentToWindow(header);
    assertEquals(0x80000001, TcpHeader.acknowledgmentOf(control));
    assertEquals(60, TcpHeader.headerBytesOf(control));
    assertEquals(TcpHeader.SYN | TcpHeader.ACK, TcpHeader.flagsOf(control));
    assertEquals(0xFFFF, TcpHeader.windowOf(control));
    assertEquals(TcpHeader.SYN | TcpHeader.ACK, TcpHeader.flags(header));
    put("0000 0000 00000000 00000000 0f ff");
    control = TcpHeader.acknowledgmentToWindow(header);
    assertEquals(0, TcpHeader.headerBytesOf(control), "reserved bits aren't length");
    assertEquals(0xFF, TcpHeader.flags(header), "CWR and ECE too");
  }

  /** RFC 9293 section 3.1, word by word. */
  private int referenceTcpChecksum(int length, int source, int destination) {
    byte[] bytes = written(length + 1);
    bytes[length] = 0; // the padding
    bytes[16] = 0;
    bytes[17] = 0;
    long sum = (source >>> 16) + (source & 0xFFFF) + (destination >>> 16) + (destination & 0xFFFF);
    sum += 6 + length;
    for (int i = 0; i < length; i += 2) {
      sum += (bytes[i] & 0xFF) << 8 | bytes[i + 1] & 0xFF;
    }
    while (sum > 0xFFFF) {
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return (int) ~sum & 0xFFFF;
  }

  @Test
  void tcpChecksumForEveryLength() {
    int[] addresses = {0x0A000001, 0xFFFFFFFF, 0, 0x80008000, 0xC0A8FFFF};
    java.util.SplittableRandom random = new java.util.SplittableRandom(5);
    byte[] noise = new byte[255];
    for (int length = 20; length < 250; length++) {
      random.nextBytes(noise);
      Memory.copy(noise, 0, header, noise.length);
      int source = addresses[length % 5];
      int destination = addresses[length / 5 % 5];
      Memory.putShort(header + 16, 0);
      TcpHeader.writeChecksum(header, length, source, destination);
      String message = "length " + length;
      assertEquals(
          referenceTcpChecksum(length, source, destination),
          Memory.getShortBe(header + 16),
          message);
      assertTrue(TcpHeader.checksumOk(header, length, source, destination), message);
      assertFalse(TcpHeader.checksumOk(header, length, source ^ 4, destination), message);
      long last = header + length - 1;
      Memory.putByte(last, Memory.getByte(last) ^ 0x10);
      assertFalse(TcpHeader.checksumOk(header, length, source, destination), message);
    }
  }

  @Test
  void theSumThatADeviceStartsFrom() {
    // 0a00 + 0001 + ffff + 00fe + 6 + 119 = 10b1d, folded 0b1e; a device adds header and payload,
    // inverts, and gets the checksum.
    int source = 0x0A00_0001;
    int destination = 0xFFFF_00FE;
    TcpHeader.write(header, 80, 1024, 1, 2, 20, TcpHeader.ACK, 500);
    assertFalse(TcpHeader.holdsPseudoHeaderSum(header, 0x119, source, destination));
    TcpHeader.writePseudoHeaderSum(header, 0x119, source, destination);
    assertEquals(0x0C1E, Memory.getShortBe(header + 16));
    assertTrue(TcpHeader.holdsPseudoHeaderSum(header, 0x119, source, destination));
    assertFalse(TcpHeader.holdsPseudoHeaderSum(header, 0x118, source, destination));
    int finished = ~Checksum.fold(Checksum.sum(header, 0x119));
    Memory.putShort(header + 16, finished);
    assertTrue(TcpHeader.checksumOk(header, 0x119, source, destination));
    assertFalse(TcpHeader.holdsPseudoHeaderSum(header, 0x119, source, destination));
  }

  @Test
  void icmp() {
    put("00 00 0000 00000000 61 62 63");
    IcmpHeader.write(header, IcmpHeader.ECHO_REQUEST, 0, 0x1234_0001, 11);
    // 0800 + 1234 + 0001 + 6162 + 6300 = de97, inverted 2168
    assertArrayEquals(hex("08 00 2168 1234 0001 61 62 63"), written(11));
    assertEquals(IcmpHeader.ECHO_REQUEST, IcmpHeader.type(header));

    IcmpHeader.write(
        header, IcmpHeader.UNREACHABLE, IcmpHeader.CODE_FRAGMENTATION_NEEDED, 0xDC00, 11);
    assertEquals(IcmpHeader.UNREACHABLE, IcmpHeader.type(header));
    assertEquals(IcmpHeader.CODE_FRAGMENTATION_NEEDED, IcmpHeader.code(header));
    assertEquals(0xDC00, IcmpHeader.nextHopMtu(header));
  }
}
