package org.mosstack.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.os.PcapCompiler;
import org.mosstack.os.PcapInstallation;

/** What libpcap's own interpreter says of the same packets, and of the same programs. */
class BpfAgainstLibpcapTest {
  private static final int SNAP_LENGTH = 65535;
  private static final int PACKETS = 5000;

  private final OffHeap memory = OffHeap.map(4096);
  private LibpcapInterpreter libpcap;

  @BeforeEach
  void open() {
    Assumptions.assumeTrue(PcapInstallation.isThere(), PcapInstallation.MISSING);
    libpcap = new LibpcapInterpreter();
  }

  @AfterEach
  void close() {
    memory.close();
    if (libpcap != null) {
      libpcap.close();
    }
  }

  /** Puts bytes where both read them, and others behind, which neither may read. */
  private long place(byte[] frame) {
    Memory.copy(frame, 0, memory.address(), frame.length);
    Memory.putLongBe(memory.address() + frame.length, 0x0800_4500_0045_0050L);
    return memory.address();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ip",
        "arp or rarp",
        "ip6",
        "tcp",
        "udp port 53",
        "icmp",
        "host 10.0.0.1",
        "src host 10.0.0.2 and dst port 80",
        "net 10.0.0.0/24 and not host 10.0.0.3",
        "tcp port 80 and (tcp[tcpflags] & (tcp-syn|tcp-fin) != 0)",
        "tcp portrange 80-443",
        "tcp[13] = 2",
        "ether host 02:00:00:00:00:01",
        "ether broadcast or ether multicast",
        "ip[6:2] & 0x1fff != 0",
        "ip[0] & 0xf > 5",
        "vlan",
        "vlan 5 and tcp port 80",
        "greater 200",
        "less 60",
        "len % 7 = 3",
        "ip6 and tcp dst port 443",
        "ip proto 6 or ip proto 17",
        "tcp[4:4] > 0x7fffffff",
        "(ip[2:2] - ((ip[0]&0xf)<<2) - ((tcp[12]&0xf0)>>2)) != 0",
        "(tcp src port 80 or tcp src port 443) and ip src net 10.0.0.0/8",
        "ip[8] * 3 / 2 ^ 5 < 90 and udp",
        "pppoes",
      })
  void filters(String expression) {
    long[] instructions = PcapCompiler.compile(expression, SNAP_LENGTH);
    libpcap.load(instructions);
    BpfInterpreter machine = new BpfInterpreter(BpfProgram.of(instructions));
    SplittableRandom random = new SplittableRandom(expression.hashCode());
    int matched = 0;
    for (int i = 0; i < PACKETS; i++) {
      byte[] frame = RandomFrame.of(random);
      int wireBytes = frame.length + (random.nextInt(4) == 0 ? random.nextInt(2000) : 0);
      long packet = place(frame);
      int result = machine.run(packet, frame.length, wireBytes);
      assertEquals(
          libpcap.run(packet, frame.length, wireBytes),
          result,
          () -> expression + ", " + wireBytes + ": " + HexFormat.of().formatHex(frame));
      matched += result == 0 ? 0 : 1;
    }
    int many = matched;
    assertTrue(many > 3 && many < PACKETS - 3, () -> expression + " matches " + many);
  }

  /** Programs that no compiler makes, of all instructions. */
  @Test
  void anyPrograms() {
    SplittableRandom random = new SplittableRandom(15);
    int nonZero = 0;
    for (int i = 0; i < 3000; i++) {
      long[] instructions = RandomProgram.of(random);
      libpcap.load(instructions);
      BpfInterpreter machine = new BpfInterpreter(BpfProgram.of(instructions));
      for (int j = 0; j < 10; j++) {
        byte[] frame = RandomFrame.of(random);
        long packet = place(frame);
        int result = machine.run(packet, frame.length, frame.length + j);
        int program = i;
        assertEquals(
            libpcap.run(packet, frame.length, frame.length + j),
            result,
            () -> "program " + program + ": " + HexFormat.of().formatHex(frame));
        nonZero += result == 0 ? 0 : 1;
      }
    }
    assertTrue(nonZero > 3000, nonZero + " results other than 0");
  }
}
