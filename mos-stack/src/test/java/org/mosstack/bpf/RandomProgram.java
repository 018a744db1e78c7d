package org.mosstack.bpf;

import static org.mosstack.bpf.Assembly.RET_A;
import static org.mosstack.bpf.Assembly.RET_K;
import static org.mosstack.bpf.Assembly.TAX;
import static org.mosstack.bpf.Assembly.TXA;
import static org.mosstack.bpf.Assembly.jump;
import static org.mosstack.bpf.Assembly.op;

import java.util.SplittableRandom;

/** Programs that {@link BpfProgram#of} takes, of any instructions. */
final class RandomProgram {
  private static final int[] SIZES = {Bpf.W, Bpf.H, Bpf.B};
  private static final int[] MODES = {Bpf.ABS, Bpf.IND};
  private static final int[] PLAIN_MODES = {Bpf.IMM, Bpf.MEM, Bpf.LEN};

  private RandomProgram() {}

  static long[] of(SplittableRandom random) {
    int length = Bpf.SCRATCH_WORDS + 2 + random.nextInt(40);
    long[] program = new long[length];
    for (int i = 0; i < Bpf.SCRATCH_WORDS; i++) {
      program[i] = op(random.nextBoolean() ? Bpf.ST : Bpf.STX, i);
    }
    for (int i = Bpf.SCRATCH_WORDS; i < length - 1; i++) {
      program[i] = instruction(random, length - 2 - i);
    }
    program[length - 1] = op(RET_A);
    return program;
  }

  private static int one(SplittableRandom random, int[] of) {
    return of[random.nextInt(of.length)];
  }

  /** A constant: near, or any. */
  private static int constant(SplittableRandom random) {
    return random.nextInt(5) == 0 ? random.nextInt() : random.nextInt(64);
  }

  private static long instruction(SplittableRandom random, int skippable) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> op(Bpf.LD | one(random, MODES) | one(random, SIZES), random.nextInt(24));
      case 3 -> plainLoad(random, Bpf.LD);
      case 4 -> plainLoad(random, Bpf.LDX);
      case 5 -> op(Bpf.LDX | Bpf.MSH | Bpf.B, random.nextInt(24));
      case 6 -> op(random.nextBoolean() ? Bpf.ST : Bpf.STX, random.nextInt(Bpf.SCRATCH_WORDS));
      case 7, 8 -> arithmetic(random);
      case 9 -> conditional(random, Math.min(skippable, 255));
      case 10 -> op(random.nextBoolean() ? TAX : TXA);
      default ->
          random.nextInt(6) == 0
              ? op(RET_K, random.nextInt())
              : op(Bpf.JMP | Bpf.JA, random.nextInt(skippable + 1));
    };
  }

  private static long plainLoad(SplittableRandom random, int kind) {
    int mode = one(random, PLAIN_MODES);
    return op(kind | mode, mode == Bpf.MEM ? random.nextInt(16) : constant(random));
  }

  private static long arithmetic(SplittableRandom random) {
    int operation = random.nextInt(Bpf.XOR / 0x10 + 1) * 0x10;
    if (operation == Bpf.NEG) {
      return op(Bpf.ALU | Bpf.NEG);
    }
    if (random.nextInt(3) == 0) {
      return op(Bpf.ALU | operation | Bpf.X);
    }
    boolean shifts = operation == Bpf.LSH || operation == Bpf.RSH;
    int k = shifts ? random.nextInt(32) : constant(random);
    return op(Bpf.ALU | operation, shifts || k != 0 ? k : 1);
  }

  private static long conditional(SplittableRandom random, int skippable) {
    int operation = (1 + random.nextInt(4)) * 0x10;
    int source = random.nextBoolean() ? Bpf.X : Bpf.K;
    return jump(
        Bpf.JMP | operation | source,
        random.nextInt(skippable + 1),
        random.nextInt(skippable + 1),
        constant(random));
  }
}
