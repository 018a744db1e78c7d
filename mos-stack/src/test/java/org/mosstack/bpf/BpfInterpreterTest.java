package org.mosstack.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.bpf.Assembly.RET_A;
import static org.mosstack.bpf.Assembly.RET_K;
import static org.mosstack.bpf.Assembly.TAX;
import static org.mosstack.bpf.Assembly.TXA;
import static org.mosstack.bpf.Assembly.jump;
import static org.mosstack.bpf.Assembly.op;
import static org.mosstack.bpf.Assembly.program;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;

/** Each instruction by itself. */
class BpfInterpreterTest {
  private static final int BYTES = 20;
  private static final int WIRE_BYTES = 1000;
  private static final int LDX_IMM = Bpf.LDX | Bpf.IMM;
  private static final int LD_IMM = Bpf.LD | Bpf.IMM;

  private final OffHeap memory = OffHeap.map(4096);

  /** Bytes 0x80, 0x81 and so on, also behind those that are there. */
  @BeforeEach
  void fill() {
    for (int i = 0; i < 100; i++) {
      Memory.putByte(memory.address() + i, 0x80 + i);
    }
  }

  @AfterEach
  void unmap() {
    memory.close();
  }

  private int run(long... instructions) {
    return new BpfInterpreter(program(instructions)).run(memory.address(), BYTES, WIRE_BYTES);
  }

  /** Loads into the accumulator, with a value in it and in X before; -1 where that ends it. */
  private int load(int code, int x, int k) {
    int loaded = run(op(LD_IMM, 5), op(LDX_IMM, x), op(code, k), op(RET_A));
    int reached = run(op(LD_IMM, 5), op(LDX_IMM, x), op(code, k), op(RET_K, 1));
    assertEquals(reached == 1 ? loaded : 0, loaded);
    return reached == 1 ? loaded : -1;
  }

  @Test
  void returns() {
    assertEquals(7, run(op(RET_K, 7)));
    assertEquals(-1, run(op(RET_K, -1)));
    assertEquals(0, run(op(RET_A)), "the accumulator at the beginning");
    assertEquals(9, run(op(LD_IMM, 9), op(RET_A)));
  }

  @Test
  void absoluteLoads() {
    assertEquals(0x80818283, load(Bpf.LD | Bpf.ABS | Bpf.W, 0, 0));
    assertEquals(0x90919293, load(Bpf.LD | Bpf.ABS | Bpf.W, 0, BYTES - 4));
    assertEquals(-1, load(Bpf.LD | Bpf.ABS | Bpf.W, 0, BYTES - 3));
    assertEquals(0x8182, load(Bpf.LD | Bpf.ABS | Bpf.H, 0, 1));
    assertEquals(0x9293, load(Bpf.LD | Bpf.ABS | Bpf.H, 0, BYTES - 2));
    assertEquals(-1, load(Bpf.LD | Bpf.ABS | Bpf.H, 0, BYTES - 1));
    assertEquals(0x93, load(Bpf.LD | Bpf.ABS | Bpf.B, 0, BYTES - 1));
    assertEquals(-1, load(Bpf.LD | Bpf.ABS | Bpf.B, 0, BYTES));
    for (int size : new int[] {Bpf.W, Bpf.H, Bpf.B}) {
      for (int far : new int[] {-1, -2, -4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
        assertEquals(-1, load(Bpf.LD | Bpf.ABS | size, 0, far));
      }
    }
  }

  @Test
  void loadsBehindX() {
    assertEquals(0x84858687, load(Bpf.LD | Bpf.IND | Bpf.W, 1, 3));
    assertEquals(0x90919293, load(Bpf.LD | Bpf.IND | Bpf.W, BYTES - 4, 0));
    assertEquals(-1, load(Bpf.LD | Bpf.IND | Bpf.W, BYTES - 4, 1));
    assertEquals(0x9293, load(Bpf.LD | Bpf.IND | Bpf.H, 0, BYTES - 2));
    assertEquals(-1, load(Bpf.LD | Bpf.IND | Bpf.H, 1, BYTES - 2));
    assertEquals(0x93, load(Bpf.LD | Bpf.IND | Bpf.B, 10, 9));
    assertEquals(-1, load(Bpf.LD | Bpf.IND | Bpf.B, 10, 10));
    for (int size : new int[] {Bpf.W, Bpf.H, Bpf.B}) {
      assertEquals(-1, load(Bpf.LD | Bpf.IND | size, -1, 1), "the sum doesn't wrap");
      assertEquals(-1, load(Bpf.LD | Bpf.IND | size, 1, -1));
      assertEquals(-1, load(Bpf.LD | Bpf.IND | size, Integer.MIN_VALUE, Integer.MIN_VALUE));
    }
  }

  @Test
  void otherLoads() {
    assertEquals(0x1234, load(LD_IMM, 0, 0x1234));
    assertEquals(WIRE_BYTES, load(Bpf.LD | Bpf.LEN, 0, 0));
    assertEquals(3, run(op(LDX_IMM, 3), op(TXA), op(RET_A)));
    assertEquals(WIRE_BYTES, run(op(Bpf.LDX | Bpf.LEN), op(TXA), op(RET_A)));
    int msh = Bpf.LDX | Bpf.MSH | Bpf.B;
    assertEquals(0x5 * 4, run(op(msh, 5), op(TXA), op(RET_A)));
    assertEquals(0x3 * 4, run(op(msh, BYTES - 1), op(TXA), op(RET_A)));
    assertEquals(0, run(op(msh, BYTES), op(RET_K, 1)));
    assertEquals(0, run(op(msh, -1), op(RET_K, 1)));
  }

  @Test
  void anEmptyPacketHasNothingToLoad() {
    BpfInterpreter machine =
        new BpfInterpreter(program(op(Bpf.LD | Bpf.ABS | Bpf.B), op(RET_K, 1)));
    assertEquals(0, machine.run(memory.address(), 0, 0));
    assertEquals(1, machine.run(memory.address(), 1, 1));
  }

  @Test
  void scratchMemory() {
    int ldMem = Bpf.LD | Bpf.MEM;
    int ldxMem = Bpf.LDX | Bpf.MEM;
    for (int word = 0; word < 16; word++) {
      int other = word ^ 1;
      assertEquals(
          7,
          run(
              op(LD_IMM, 7),
              op(Bpf.ST, word),
              op(LD_IMM, 8),
              op(Bpf.ST, other),
              op(ldMem, word),
              op(RET_A)));
      assertEquals(
          7,
          run(
              op(LDX_IMM, 7),
              op(Bpf.STX, word),
              op(LDX_IMM),
              op(ldxMem, word),
              op(TXA),
              op(RET_A)));
    }
  }

  @Test
  void registersAreCopied() {
    assertEquals(6, run(op(LD_IMM, 6), op(TAX), op(LD_IMM), op(TXA), op(RET_A)));
    assertEquals(6, run(op(LD_IMM, 6), op(TAX), op(RET_A)));
  }

  /** With a constant and with X; numbers are unsigned. */
  @ParameterizedTest
  @CsvSource({
    "ADD, 0xffffffff, 2, 1",
    "SUB, 1, 2, 0xffffffff",
    "MUL, 0x10001, 0x10001, 0x20001",
    "DIV, 0xfffffffe, 2, 0x7fffffff",
    "DIV, 7, 0xffffffff, 0",
    "MOD, 0xffffffff, 10, 5",
    "OR, 0xf0, 0x1f, 0xff",
    "AND, 0xf0, 0x1f, 0x10",
    "XOR, 0xf0, 0x1f, 0xef",
    "LSH, 3, 31, 0x80000000",
    "LSH, 3, 0, 3",
    "RSH, 0x80000000, 31, 1",
  })
  void arithmetic(String name, String left, String right, String expected) throws Exception {
    int code = Bpf.ALU | Bpf.class.getDeclaredField(name).getInt(null);
    int a = Long.decode(left).intValue();
    int operand = Long.decode(right).intValue();
    int result = Long.decode(expected).intValue();
    assertEquals(result, run(op(LD_IMM, a), op(code, operand), op(RET_A)));
    assertEquals(result, run(op(LD_IMM, a), op(LDX_IMM, operand), op(code | Bpf.X, 99), op(RET_A)));
  }

  @Test
  void arithmeticAtItsEdges() {
    assertEquals(-5, run(op(LD_IMM, 5), op(Bpf.ALU | Bpf.NEG), op(RET_A)));
    for (int operation : new int[] {Bpf.DIV, Bpf.MOD}) {
      int code = Bpf.ALU | operation | Bpf.X;
      assertEquals(0, run(op(LD_IMM, 5), op(LDX_IMM), op(code), op(RET_K, 1)), "by 0");
    }
    for (int operation : new int[] {Bpf.LSH, Bpf.RSH}) {
      int code = Bpf.ALU | operation | Bpf.X;
      for (int far : new int[] {32, 33, -1, Integer.MIN_VALUE}) {
        assertEquals(0, run(op(LD_IMM, -1), op(LDX_IMM, far), op(code), op(RET_A)));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "JEQ, 5, 5, true",
    "JEQ, 5, 6, false",
    "JGT, 0x80000000, 1, true",
    "JGT, 5, 5, false",
    "JGT, 1, 0xffffffff, false",
    "JGE, 5, 5, true",
    "JGE, 0xffffffff, 1, true",
    "JGE, 4, 5, false",
    "JSET, 6, 4, true",
    "JSET, 6, 9, false",
  })
  void jumps(String name, String left, String right, boolean taken) throws Exception {
    int code = Bpf.JMP | Bpf.class.getDeclaredField(name).getInt(null);
    int a = Long.decode(left).intValue();
    int operand = Long.decode(right).intValue();
    long[] targets = {op(RET_K, 10), op(RET_K, 11), op(RET_K, 12), op(RET_K, 13)};
    int expected = taken ? 13 : 11;
    assertEquals(
        expected,
        run(
            op(LD_IMM, a),
            jump(code, 3, 1, operand),
            targets[0],
            targets[1],
            targets[2],
            targets[3]));
    assertEquals(
        expected,
        run(
            op(LD_IMM, a),
            op(LDX_IMM, operand),
            jump(code | Bpf.X, 3, 1, 99),
            targets[0],
            targets[1],
            targets[2],
            targets[3]));
  }

  @Test
  void jumpsAlways() {
    int ja = Bpf.JMP | Bpf.JA;
    assertEquals(2, run(op(ja, 1), op(RET_K, 1), op(RET_K, 2)));
    assertEquals(1, run(op(ja), op(RET_K, 1), op(RET_K, 2)));
  }

  /** A machine keeps nothing from one packet to the next. */
  @Test
  void registersAreClearedForEachPacket() {
    BpfInterpreter machine =
        new BpfInterpreter(
            program(
                op(TXA),
                op(Bpf.ALU | Bpf.ADD, 1),
                op(TAX),
                op(Bpf.ALU | Bpf.ADD | Bpf.X),
                op(RET_A)));
    for (int i = 0; i < 3; i++) {
      assertEquals(2, machine.run(memory.address(), BYTES, BYTES));
    }
  }
}
