package org.mosstack.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * Compiles filters of the pcap language (pcap-filter(7)), as tcpdump and Wireshark take them, to
 * instructions of the classic BSD Packet Filter. libpcap does it, and is loaded for that alone.
 */
@SuppressWarnings("restricted") // Linking libpcap is what this class is for.
public final class PcapCompiler {
  /** The library's name on Debian, and elsewhere. */
  private static final List<String> LIBRARIES = List.of("libpcap.so.0.8", "libpcap.so.1");

  private static final int LINKTYPE_ETHERNET = 1; // pcap-linktype(7)
  private static final int OPTIMIZE = 1;
  private static final int PCAP_NETMASK_UNKNOWN = -1;
  private static final int PCAP_ERRBUF_BYTES = 256;

  /** struct bpf_program: the number of instructions, and their address. */
  private static final int PROGRAM_BYTES = 16;

  private static final int PROGRAM_INSTRUCTIONS = 8;

  /** struct bpf_insn: code, jt, jf, k. */
  private static final int INSTRUCTION_BYTES = 8;

  private static final int INSTRUCTION_JT = 2;
  private static final int INSTRUCTION_JF = 3;
  private static final int INSTRUCTION_K = 4;

  private final SymbolLookup library;

  private PcapCompiler(SymbolLookup library) {
    this.library = library;
  }

  /**
   * Compiles a filter for Ethernet frames. A name of a host in it is looked up, which may block.
   *
   * @param expression as for tcpdump; empty for every frame
   * @param snapLength what the program returns for a frame that matches: the bytes of it to keep
   * @return the instructions, each with its code in bits 48 to 63, jt in 40 to 47, jf in 32 to 39
   *     and k in 0 to 31
   * @throws IllegalArgumentException if it isn't a filter; the message says what is wrong with it
   * @throws IllegalStateException if libpcap isn't installed; the message says what to install
   */
  public static synchronized long[] compile(String expression, int snapLength) {
    // One at a time: before version 1.8 libpcap kept the state of its parser in static variables.
    return open(LIBRARIES).compiled(expression, snapLength);
  }

  /** Opens the first of these libraries that there is. */
  static PcapCompiler open(List<String> libraries) {
    for (String name : libraries) {
      try {
        return new PcapCompiler(SymbolLookup.libraryLookup(name, Arena.global()));
      } catch (IllegalArgumentException _) {
        // Not under this name.
      }
    }
    throw new IllegalStateException(
        "libpcap isn't installed, which compiles packet filters: apt-get install libpcap0.8");
  }

  private MethodHandle function(Libpcap function) {
    return function.signature().link(library.findOrThrow(function.symbol()));
  }

  private long[] compiled(String expression, int snapLength) {
    if (expression.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a character 0");
    }
    try (Arena arena = Arena.ofConfined()) {
      long pcap =
          (long) function(Libpcap.PCAP_OPEN_DEAD).invokeExact(LINKTYPE_ETHERNET, snapLength);
      if (pcap == 0) {
        throw new OutOfMemoryError("libpcap has no memory to compile a filter");
      }
      try {
        return compiled(pcap, arena.allocateFrom(expression), arena);
      } finally {
        function(Libpcap.PCAP_CLOSE).invokeExact(pcap);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("libpcap downcall", t);
    }
  }

  private long[] compiled(long pcap, MemorySegment expression, Arena arena) throws Throwable {
    MemorySegment program = arena.allocate(PROGRAM_BYTES, Long.BYTES);
    int result =
        (int)
            function(Libpcap.PCAP_COMPILE)
                .invokeExact(pcap, program, expression, OPTIMIZE, PCAP_NETMASK_UNKNOWN);
    if (result != 0) {
      throw new IllegalArgumentException(error(pcap));
    }
    try {
      return instructions(program);
    } finally {
      function(Libpcap.PCAP_FREECODE).invokeExact(program);
    }
  }

  private String error(long pcap) throws Throwable {
    long text = (long) function(Libpcap.PCAP_GETERR).invokeExact(pcap);
    return MemorySegment.ofAddress(text).reinterpret(PCAP_ERRBUF_BYTES).getString(0);
  }

  private static long[] instructions(MemorySegment program) {
    int count = program.get(ValueLayout.JAVA_INT, 0);
    MemorySegment all =
        program
            .get(ValueLayout.ADDRESS, PROGRAM_INSTRUCTIONS)
            .reinterpret((long) count * INSTRUCTION_BYTES);
    long[] instructions = new long[count];
    for (int i = 0; i < count; i++) {
      MemorySegment each = all.asSlice((long) i * INSTRUCTION_BYTES, INSTRUCTION_BYTES);
      long code = Short.toUnsignedLong(each.get(ValueLayout.JAVA_SHORT, 0));
      long jt = Byte.toUnsignedLong(each.get(ValueLayout.JAVA_BYTE, INSTRUCTION_JT));
      long jf = Byte.toUnsignedLong(each.get(ValueLayout.JAVA_BYTE, INSTRUCTION_JF));
      long k = Integer.toUnsignedLong(each.get(ValueLayout.JAVA_INT, INSTRUCTION_K));
      instructions[i] = code << 48 | jt << 40 | jf << 32 | k;
    }
    return instructions;
  }
}
