package org.mosstack.mbuf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MbufTest {
  private final MbufPool pool = new MbufPool(4);
  private final long mbuf = pool.alloc();

  @AfterEach
  void close() {
    pool.close();
  }

  @Test
  void fieldsStandWhereDpdkHasThem() {
    // struct rte_mbuf of DPDK 22.11: buf_addr 0, data_off 16, refcnt 18, nb_segs 20, ol_flags 24,
    // pkt_len 36, data_len 40, hash.rss 44, buf_len 54, next 64; 128 bytes, then the buffer.
    Mbuf.append(mbuf, 300);
    Mbuf.setReferences(mbuf, 5);
    Mbuf.setRssHash(mbuf, 0x12345678);
    Mbuf.setNext(mbuf, 0x1122334455667788L);
    assertEquals(mbuf + 128, Memory.getLong(mbuf));
    assertEquals(128, Memory.getShort(mbuf + 16));
    assertEquals(5, Memory.getShort(mbuf + 18));
    assertEquals(1, Memory.getShort(mbuf + 20));
    assertEquals(0, Memory.getLong(mbuf + 24));
    assertEquals(300, Memory.getInt(mbuf + 36));
    assertEquals(300, Memory.getShort(mbuf + 40));
    assertEquals(0x12345678, Memory.getInt(mbuf + 44));
    assertEquals(2048 + 128, Memory.getShort(mbuf + 54));
    assertEquals(0x1122334455667788L, Memory.getLong(mbuf + 64));
  }

  @Test
  void flagsStandWhereDpdkHasThem() {
    // rte_mbuf_core.h: RTE_MBUF_F_RX_IP_CKSUM_*, RX_L4_CKSUM_*, RX_RSS_HASH, TX_*; ol_flags 24.
    assertEquals(0x0000_0000_0000_0002L, Mbuf.RX_RSS_HASH);
    assertEquals(0x0000_0000_0000_0090L, Mbuf.RX_IP_CKSUM_MASK);
    assertEquals(0x0000_0000_0000_0010L, Mbuf.RX_IP_CKSUM_BAD);
    assertEquals(0x0000_0000_0000_0080L, Mbuf.RX_IP_CKSUM_GOOD);
    assertEquals(0x0000_0000_0000_0108L, Mbuf.RX_L4_CKSUM_MASK);
    assertEquals(0x0000_0000_0000_0008L, Mbuf.RX_L4_CKSUM_BAD);
    assertEquals(0x0000_0000_0000_0100L, Mbuf.RX_L4_CKSUM_GOOD);
    assertEquals(0x0000_0000_0000_0108L, Mbuf.RX_L4_CKSUM_NONE);
    Mbuf.setFlags(mbuf, Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_BAD);
    assertEquals(0x88, Memory.getLong(mbuf + 24));
    assertEquals(0x88, Mbuf.flags(mbuf));
    Mbuf.reset(mbuf);
    assertEquals(0, Mbuf.flags(mbuf));
  }

  @Test
  void aChecksumIsAskedForAsDpdkWantsIt() {
    // TX_IPV4 | TX_IP_CKSUM | TX_TCP_CKSUM; tx_offload at 72: 7 bits l2_len, 9 bits l3_len.
    assertFalse(Mbuf.requestsTcpChecksum(mbuf));
    Mbuf.requestTcpChecksum(mbuf, 14, 20);
    assertTrue(Mbuf.requestsTcpChecksum(mbuf));
    assertEquals(0x00D0_0000_0000_0000L, Memory.getLong(mbuf + 24));
    assertEquals(20 << 7 | 14, Memory.getLong(mbuf + 72));
  }

  @Test
  void aCopySaysTheSameOfItsPacketAndNothingOfForeignMemory() {
    long external = 1L << 61; // RTE_MBUF_F_EXTERNAL
    Mbuf.requestTcpChecksum(mbuf, 14, 24);
    Mbuf.setRssHash(mbuf, 77);
    long known = Mbuf.flags(mbuf) | Mbuf.RX_RSS_HASH | Mbuf.RX_L4_CKSUM_BAD | Mbuf.RX_IP_CKSUM_GOOD;
    Mbuf.setFlags(mbuf, known | external);
    long copy = pool.copy(mbuf);
    assertEquals(known, Mbuf.flags(copy));
    assertEquals(24 << 7 | 14, Mbuf.txOffload(copy));
    assertEquals(77, Mbuf.rssHash(copy));
  }

  @Test
  void growsAndShrinksAtBothEnds() {
    assertEquals(Mbuf.data(mbuf), Mbuf.append(mbuf, 40));
    assertEquals(Mbuf.data(mbuf) + 40, Mbuf.append(mbuf, 10));
    long before = Mbuf.data(mbuf);
    assertEquals(before - 14, Mbuf.prepend(mbuf, 14));
    assertEquals(64, Mbuf.dataLength(mbuf));
    assertEquals(64, Mbuf.packetLength(mbuf));
    assertEquals(114, Mbuf.headroom(mbuf));
    Mbuf.trimFront(mbuf, 20);
    assertEquals(before + 6, Mbuf.data(mbuf));
    assertEquals(44, Mbuf.dataLength(mbuf));
    Mbuf.trimBack(mbuf, 4);
    assertEquals(40, Mbuf.packetLength(mbuf));
    assertEquals(2048 + 128 - 134 - 40, Mbuf.tailroom(mbuf));
  }

  @Test
  void appendsPartsOfArrays() {
    byte[] source = {9, 1, 2, 3, 9};
    Mbuf.append(mbuf, source, 1, 3);
    Mbuf.append(mbuf, source, 4, 1);
    Mbuf.append(mbuf, source, 0, 0);
    byte[] bytes = new byte[8];
    assertEquals(4, Mbuf.copyTo(mbuf, bytes));
    assertArrayEquals(new byte[] {1, 2, 3, 9, 0, 0, 0, 0}, bytes);
    byte[] two = new byte[2];
    assertEquals(2, Mbuf.copyTo(mbuf, two));
    assertArrayEquals(new byte[] {1, 2}, two);
  }

  @Test
  void appendsNoMoreThanTheBufferHolds() {
    byte[] source = new byte[3000];
    Mbuf.append(mbuf, source, 0, 2048);
    Mbuf.trimBack(mbuf, 5);
    assertThrows(IllegalArgumentException.class, () -> Mbuf.append(mbuf, source, 0, 6));
    assertEquals(2043, Mbuf.dataLength(mbuf));
    Mbuf.append(mbuf, source, 0, 5);
  }

  @Test
  void memoryKeepsNetworkAndMachineOrderApart() {
    long a = Mbuf.append(mbuf, 16);
    Memory.putIntBe(a + 1, 0x01020304);
    Memory.putShortBe(a + 5, 0xFFFE);
    byte[] bytes = new byte[7];
    Memory.copy(a, bytes, 0, 7);
    assertArrayEquals(new byte[] {0, 1, 2, 3, 4, -1, -2}, bytes);
    assertEquals(0x01020304, Memory.getIntBe(a + 1));
    assertEquals(0xFFFE, Memory.getShortBe(a + 5));
    Memory.putShort(a, 0x8001);
    assertEquals(0x8001, Memory.getShort(a));
    Memory.putByte(a, 0x1FF);
    assertEquals(0xFF, Memory.getByte(a));
    Memory.zero(a + 1, 5);
    assertEquals(0xFF, Memory.getByte(a));
    assertEquals(0, Memory.getIntBe(a + 1));
    assertEquals(0xFE, Memory.getByte(a + 6));
  }

  @Test
  void overlappingCopiesKeepTheirBytes() {
    long a = Mbuf.append(mbuf, 64);
    for (int i = 0; i < 64; i++) {
      Memory.putByte(a + i, i);
    }
    Memory.copy(a, a + 3, 61);
    for (int i = 3; i < 64; i++) {
      assertEquals(i - 3, Memory.getByte(a + i));
    }
  }
}
