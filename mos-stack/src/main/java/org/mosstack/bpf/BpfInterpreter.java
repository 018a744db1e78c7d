package org.mosstack.bpf;

import org.mosstack.mbuf.Memory;

/**
 * Runs a {@link BpfProgram} on packets. For one thread: it holds the machine's registers and
 * scratch memory. Nothing is allocated per packet, and no more instructions are executed than the
 * program has, as all jumps go forward.
 */
public final class BpfInterpreter {
  /** Nothing was loaded: the packet is too short. */
  private static final long OUTSIDE = -1;

  private final int[] codes;
  private final int[] jts;
  private final int[] jfs;
  private final int[] ks;

  /** Never cleared: {@link BpfProgram#of} makes sure that what is read was written before. */
  private final int[] scratch = new int[Bpf.SCRATCH_WORDS];

  private int a;
  private int x;
  private long data;
  private int length;
  private int wireLength;

  /** Makes a machine that runs a program. */
  public BpfInterpreter(BpfProgram program) {
    codes = program.codes;
    jts = program.jts;
    jfs = program.jfs;
    ks = program.ks;
  }

  /**
   * Runs the program on a packet.
   *
   * @param packet address of its first byte, for Ethernet that of the header
   * @param bytes how many of its bytes are there: none behind them is read
   * @param wireBytes its length, which a program may ask for
   * @return what the program returns, unsigned: for a filter 0 if the packet doesn't match; also 0
   *     if it reads behind the packet's bytes, or divides by 0
   */
  public int run(long packet, int bytes, int wireBytes) {
    data = packet;
    length = bytes;
    wireLength = wireBytes;
    a = 0;
    x = 0;
    int pc = 0;
    while ((codes[pc] & Bpf.CLASS_MASK) != Bpf.RET) {
      int skipped = step(codes[pc], pc);
      if (skipped < 0) {
        return 0;
      }
      pc += 1 + skipped;
    }
    return codes[pc] == (Bpf.RET | Bpf.A) ? a : ks[pc];
  }

  /** Executes an instruction; the number of instructions to skip then, or -1 to end with 0. */
  private int step(int code, int pc) {
    int k = ks[pc];
    switch (code & Bpf.CLASS_MASK) {
      case Bpf.LD -> {
        long loaded = load(code, k);
        a = (int) loaded;
        return loaded < 0 ? -1 : 0;
      }
      case Bpf.LDX -> {
        long loaded = load(code, k);
        x = (int) loaded;
        return loaded < 0 ? -1 : 0;
      }
      case Bpf.ST -> scratch[k] = a;
      case Bpf.STX -> scratch[k] = x;
      case Bpf.ALU -> {
        return calculate(code & Bpf.OP_MASK, operand(code, k));
      }
      case Bpf.JMP -> {
        return jump(code, pc);
      }
      default -> move(code);
    }
    return 0;
  }

  private int operand(int code, int k) {
    return (code & Bpf.X) == 0 ? k : x;
  }

  private void move(int code) {
    if (code == (Bpf.MISC | Bpf.TAX)) {
      x = a;
    } else {
      a = x;
    }
  }

  /** What LD or LDX loads, 32 bits unsigned, or OUTSIDE. */
  private long load(int code, int k) {
    return switch (code & Bpf.MODE_MASK) {
      case Bpf.IMM -> Integer.toUnsignedLong(k);
      case Bpf.MEM -> Integer.toUnsignedLong(scratch[k]);
      case Bpf.LEN -> wireLength;
      case Bpf.ABS -> read(Integer.toUnsignedLong(k), code & Bpf.SIZE_MASK);
      case Bpf.IND ->
          read(Integer.toUnsignedLong(x) + Integer.toUnsignedLong(k), code & Bpf.SIZE_MASK);
      default -> headerBytes(Integer.toUnsignedLong(k));
    };
  }

  private long read(long offset, int size) {
    int width = size == Bpf.W ? Integer.BYTES : size == Bpf.H ? Short.BYTES : 1;
    if (offset + width > length) {
      return OUTSIDE;
    }
    return switch (width) {
      case Integer.BYTES -> Integer.toUnsignedLong(Memory.getIntBe(data + offset));
      case Short.BYTES -> Memory.getShortBe(data + offset);
      default -> Memory.getByte(data + offset);
    };
  }

  /** The length in bytes of the IPv4 header that begins there. */
  private long headerBytes(long offset) {
    long first = read(offset, Bpf.B);
    return first == OUTSIDE ? OUTSIDE : (first & 0xF) << 2;
  }

  /** Changes the accumulator; 0, or -1 if that can't be done. */
  private int calculate(int operation, int operand) {
    if (operand == 0 && (operation == Bpf.DIV || operation == Bpf.MOD)) {
      return -1;
    }
    a =
        switch (operation) {
          case Bpf.ADD -> a + operand;
          case Bpf.SUB -> a - operand;
          case Bpf.MUL -> a * operand;
          case Bpf.DIV -> Integer.divideUnsigned(a, operand);
          case Bpf.MOD -> Integer.remainderUnsigned(a, operand);
          case Bpf.OR -> a | operand;
          case Bpf.AND -> a & operand;
          case Bpf.XOR -> a ^ operand;
          case Bpf.LSH -> isShift(operand) ? a << operand : 0;
          case Bpf.RSH -> isShift(operand) ? a >>> operand : 0;
          default -> -a;
        };
    return 0;
  }

  private static boolean isShift(int operand) {
    return operand >>> 5 == 0;
  }

  private int jump(int code, int pc) {
    int operand = operand(code, ks[pc]);
    return switch (code & Bpf.OP_MASK) {
      case Bpf.JA -> ks[pc];
      case Bpf.JEQ -> either(a == operand, pc);
      case Bpf.JGT -> either(Integer.compareUnsigned(a, operand) > 0, pc);
      case Bpf.JGE -> either(Integer.compareUnsigned(a, operand) >= 0, pc);
      default -> either((a & operand) != 0, pc);
    };
  }

  private int either(boolean condition, int pc) {
    return condition ? jts[pc] : jfs[pc];
  }
}
