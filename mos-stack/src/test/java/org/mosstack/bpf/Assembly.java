package org.mosstack.bpf;

/** Instructions as {@link BpfProgram#of} takes them. */
final class Assembly {
  static final int RET_K = Bpf.RET | Bpf.K;
  static final int RET_A = Bpf.RET | Bpf.A;
  static final int TAX = Bpf.MISC | Bpf.TAX;
  static final int TXA = Bpf.MISC | Bpf.TXA;

  private Assembly() {}

  static long op(int code, int k) {
    return jump(code, 0, 0, k);
  }

  static long op(int code) {
    return op(code, 0);
  }

  static long jump(int code, int jt, int jf, int k) {
    return (long) code << 48 | (long) jt << 40 | (long) jf << 32 | Integer.toUnsignedLong(k);
  }

  static BpfProgram program(long... instructions) {
    return BpfProgram.of(instructions);
  }
}
