package org.mosstack.bpf;

import java.util.Arrays;

/** What must hold of a program before it runs; see {@link BpfProgram#of}. */
final class BpfCheck {
  private static final int NO_WORD = 0;
  private static final int ALL_WORDS = (1 << Bpf.SCRATCH_WORDS) - 1;

  private final BpfProgram program;
  private final int length;

  /**
   * For each instruction the words of scratch memory, as bits, that are written on every way there.
   * All jumps go forward, so one pass over the program is enough.
   */
  private final int[] written;

  BpfCheck(BpfProgram program) {
    this.program = program;
    length = program.length();
    written = new int[length];
    Arrays.fill(written, ALL_WORDS);
    written[0] = NO_WORD;
  }

  void run() {
    for (int i = 0; i < length; i++) {
      int code = program.codes[i];
      if (!isKnown(code)) {
        throw wrong(i, String.format("no such code: 0x%02x", code));
      }
      checkConstant(i, code);
      follow(i, code);
    }
  }

  private static IllegalArgumentException wrong(int instruction, String what) {
    return new IllegalArgumentException("instruction " + instruction + ": " + what);
  }

  private static boolean isKnown(int code) {
    if (code >>> 8 != 0) {
      return false;
    }
    return switch (code & Bpf.CLASS_MASK) {
      case Bpf.LD -> isKnownLoad(code);
      case Bpf.LDX -> isKnownIndexLoad(code);
      case Bpf.ST -> code == Bpf.ST;
      case Bpf.STX -> code == Bpf.STX;
      case Bpf.ALU ->
          (code & Bpf.OP_MASK) <= Bpf.XOR && ((code & Bpf.OP_MASK) != Bpf.NEG || hasNoSource(code));
      case Bpf.JMP -> (code & Bpf.OP_MASK) <= Bpf.JSET && (!isAlways(code) || hasNoSource(code));
      case Bpf.RET -> code == (Bpf.RET | Bpf.K) || code == (Bpf.RET | Bpf.A);
      default -> code == (Bpf.MISC | Bpf.TAX) || code == (Bpf.MISC | Bpf.TXA);
    };
  }

  private static boolean isKnownLoad(int code) {
    int size = code & Bpf.SIZE_MASK;
    return switch (code & Bpf.MODE_MASK) {
      case Bpf.ABS, Bpf.IND -> size == Bpf.W || size == Bpf.H || size == Bpf.B;
      case Bpf.IMM, Bpf.MEM, Bpf.LEN -> size == Bpf.W;
      default -> false;
    };
  }

  private static boolean isKnownIndexLoad(int code) {
    int size = code & Bpf.SIZE_MASK;
    return switch (code & Bpf.MODE_MASK) {
      case Bpf.IMM, Bpf.MEM, Bpf.LEN -> size == Bpf.W;
      case Bpf.MSH -> size == Bpf.B;
      default -> false;
    };
  }

  private static boolean hasNoSource(int code) {
    return (code & Bpf.X) == 0;
  }

  private static boolean isAlways(int code) {
    return (code & Bpf.OP_MASK) == Bpf.JA;
  }

  private void checkConstant(int i, int code) {
    if ((code & Bpf.CLASS_MASK) != Bpf.ALU || (code & Bpf.X) != 0) {
      return;
    }
    int k = program.ks[i];
    int operation = code & Bpf.OP_MASK;
    if (k == 0 && (operation == Bpf.DIV || operation == Bpf.MOD)) {
      throw wrong(i, "divides by 0");
    }
    if (k >>> 5 != 0 && (operation == Bpf.LSH || operation == Bpf.RSH)) {
      throw wrong(i, "shifts by " + Integer.toUnsignedString(k) + ", allowed: 0 to 31");
    }
  }

  /** Notes what an instruction reads and writes, and hands that on to what may come next. */
  private void follow(int i, int code) {
    switch (code & Bpf.CLASS_MASK) {
      case Bpf.LD, Bpf.LDX -> {
        if ((code & Bpf.MODE_MASK) == Bpf.MEM && (written[i] & word(i)) == 0) {
          throw wrong(i, "reads scratch memory that isn't written on every way there");
        }
        goOn(i, 0, written[i]);
      }
      case Bpf.ST, Bpf.STX -> goOn(i, 0, written[i] | word(i));
      case Bpf.JMP -> jump(i, code);
      case Bpf.RET -> {
        // Nothing comes next.
      }
      default -> goOn(i, 0, written[i]);
    }
  }

  /** The bit of the word that the instruction names. */
  private int word(int i) {
    int k = program.ks[i];
    if (k < 0 || k >= Bpf.SCRATCH_WORDS) {
      throw wrong(
          i, "word " + Integer.toUnsignedString(k) + " of scratch memory, allowed: 0 to 15");
    }
    return 1 << k;
  }

  private void jump(int i, int code) {
    if (isAlways(code)) {
      goOn(i, Integer.toUnsignedLong(program.ks[i]), written[i]);
    } else {
      goOn(i, program.jts[i], written[i]);
      goOn(i, program.jfs[i], written[i]);
    }
  }

  private void goOn(int i, long skipped, int words) {
    long next = i + 1 + skipped;
    if (next >= length) {
      throw wrong(
          i,
          skipped == 0
              ? "the last one isn't a return"
              : "jumps back, as protochain does, or out of the program");
    }
    written[(int) next] &= words;
  }
}
