package org.mosstack.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** libpcap's own interpreter, to compare ours with: pcap_offline_filter(3). */
@SuppressWarnings("restricted") // Calling it is what this class is for.
final class LibpcapInterpreter implements AutoCloseable {
  /** struct pcap_pkthdr: a struct timeval, caplen, len. */
  private static final int HEADER_CAPLEN = 16;

  private static final int HEADER_LEN = 20;
  private static final int HEADER_BYTES = 24;

  private final Arena arena = Arena.ofConfined();
  private final MethodHandle filter;
  private final MemorySegment header = arena.allocate(HEADER_BYTES, Long.BYTES);
  private final MemorySegment program = arena.allocate(16, Long.BYTES);

  LibpcapInterpreter() {
    MemorySegment function =
        SymbolLookup.libraryLookup("libpcap.so.0.8", arena).findOrThrow("pcap_offline_filter");
    filter =
        Linker.nativeLinker()
            .downcallHandle(function, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
  }

  /** Loads a program; it has to be one that {@link BpfProgram#of} takes. */
  void load(long[] instructions) {
    MemorySegment all = arena.allocate(8L * instructions.length, Long.BYTES);
    for (int i = 0; i < instructions.length; i++) {
      MemorySegment each = all.asSlice(8L * i, 8);
      each.set(JAVA_SHORT, 0, (short) (instructions[i] >>> 48));
      each.set(JAVA_BYTE, 2, (byte) (instructions[i] >>> 40));
      each.set(JAVA_BYTE, 3, (byte) (instructions[i] >>> 32));
      each.set(JAVA_INT, 4, (int) instructions[i]);
    }
    program.set(JAVA_INT, 0, instructions.length);
    program.set(ADDRESS, 8, all);
  }

  /** What the program returns for a packet. */
  int run(long packet, int bytes, int wireBytes) {
    header.set(JAVA_INT, HEADER_CAPLEN, bytes);
    header.set(JAVA_INT, HEADER_LEN, wireBytes);
    try {
      return (int) filter.invokeExact(program, header, packet);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
