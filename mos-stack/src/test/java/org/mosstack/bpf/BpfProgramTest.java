package org.mosstack.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.bpf.Assembly.RET_A;
import static org.mosstack.bpf.Assembly.RET_K;
import static org.mosstack.bpf.Assembly.TAX;
import static org.mosstack.bpf.Assembly.TXA;
import static org.mosstack.bpf.Assembly.jump;
import static org.mosstack.bpf.Assembly.op;
import static org.mosstack.bpf.Assembly.program;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.mosstack.os.PcapInstallation;

/** What isn't a program that may run. */
class BpfProgramTest {
  private static final int JEQ = Bpf.JMP | Bpf.JEQ;
  private static final int JA = Bpf.JMP | Bpf.JA;
  private static final int LD_MEM = Bpf.LD | Bpf.MEM;
  private static final int LDX_MEM = Bpf.LDX | Bpf.MEM;

  private static void refused(String message, long... instructions) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> program(instructions), message);
    assertEquals(message, e.getMessage());
  }

  @Test
  void lengths() {
    refused("0 instructions; allowed: 1 to 4096");
    long[] most = new long[4097];
    Arrays.fill(most, op(RET_K));
    refused("4097 instructions; allowed: 1 to 4096", most);
    assertEquals(4096, program(Arrays.copyOf(most, 4096)).length());
    assertEquals(1, program(op(RET_A)).length());
  }

  @Test
  void itEndsWithAReturn() {
    String last = ": the last one isn't a return";
    refused("instruction 0" + last, op(Bpf.LD | Bpf.IMM));
    refused("instruction 1" + last, op(RET_K), op(Bpf.ST));
    refused("instruction 1" + last, op(RET_K), op(TAX));
    refused("instruction 0" + last, jump(JEQ, 0, 0, 1));
  }

  @Test
  void jumpsStayInside() {
    String out = ": jumps back, as protochain does, or out of the program";
    refused("instruction 0" + out, op(JA, 1), op(RET_K));
    refused("instruction 1" + out, op(RET_K), op(JA, -2), op(RET_K));
    refused("instruction 0" + out, op(JA, -1), op(RET_K));
    refused("instruction 0" + out, op(JA, Integer.MIN_VALUE), op(RET_K));
    refused("instruction 0" + out, jump(JEQ, 1, 0, 0), op(RET_K));
    refused("instruction 0" + out, jump(JEQ, 0, 255, 0), op(RET_K));
    assertEquals(3, program(op(JA, 1), op(RET_K), op(RET_K)).length());
    assertEquals(3, program(jump(JEQ, 1, 0, 0), op(RET_K), op(RET_K)).length());
  }

  @Test
  void constantsThatCannotBe() {
    for (int operation : new int[] {Bpf.DIV, Bpf.MOD}) {
      refused("instruction 0: divides by 0", op(Bpf.ALU | operation), op(RET_A));
      assertEquals(2, program(op(Bpf.ALU | operation | Bpf.X), op(RET_A)).length());
    }
    for (int operation : new int[] {Bpf.LSH, Bpf.RSH}) {
      String by = "instruction 0: shifts by ";
      refused(by + "32, allowed: 0 to 31", op(Bpf.ALU | operation, 32), op(RET_A));
      refused(by + "4294967295, allowed: 0 to 31", op(Bpf.ALU | operation, -1), op(RET_A));
      assertEquals(2, program(op(Bpf.ALU | operation, 31), op(RET_A)).length());
    }
  }

  @Test
  void scratchMemoryHas16Words() {
    for (int code : new int[] {Bpf.ST, Bpf.STX, LD_MEM, LDX_MEM}) {
      refused(
          "instruction 0: word 16 of scratch memory, allowed: 0 to 15", op(code, 16), op(RET_A));
      refused(
          "instruction 0: word 4294967295 of scratch memory, allowed: 0 to 15",
          op(code, -1),
          op(RET_A));
    }
    assertEquals(2, program(op(Bpf.STX, 15), op(RET_A)).length());
  }

  @Test
  void scratchMemoryIsWrittenBeforeItIsRead() {
    String unwritten = ": reads scratch memory that isn't written on every way there";
    refused("instruction 0" + unwritten, op(LD_MEM), op(RET_A));
    refused("instruction 1" + unwritten, op(Bpf.ST, 1), op(LDX_MEM, 2), op(RET_A));
    program(op(Bpf.ST, 2), op(LDX_MEM, 2), op(RET_A));
    // One way writes the word, the other doesn't.
    refused(
        "instruction 2" + unwritten, jump(JEQ, 0, 1, 5), op(Bpf.ST, 3), op(LD_MEM, 3), op(RET_A));
    refused(
        "instruction 4" + unwritten,
        jump(JEQ, 0, 2, 5),
        op(Bpf.ST, 3),
        op(JA, 1),
        op(Bpf.ST, 4),
        op(LD_MEM, 3),
        op(RET_A));
    // Both do; and what nothing leads to needn't be.
    program(jump(JEQ, 0, 2, 5), op(Bpf.ST, 3), op(JA, 1), op(Bpf.STX, 3), op(LD_MEM, 3), op(RET_A));
    program(op(JA, 1), op(LD_MEM, 7), op(RET_A));
    program(op(RET_K), op(LD_MEM, 7), op(RET_A));
  }

  /** The codes of bpf.h's combinations, and none of the 65,536 besides. */
  @Test
  void otherCodesAreRefused() {
    Set<Integer> known = new HashSet<>();
    for (int size : new int[] {Bpf.W, Bpf.H, Bpf.B}) {
      known.add(Bpf.LD | Bpf.ABS | size);
      known.add(Bpf.LD | Bpf.IND | size);
    }
    for (int mode : new int[] {Bpf.IMM, Bpf.MEM, Bpf.LEN}) {
      known.add(Bpf.LD | mode);
      known.add(Bpf.LDX | mode);
    }
    known.addAll(Set.of(Bpf.LDX | Bpf.MSH | Bpf.B, Bpf.ST, Bpf.STX, RET_K, RET_A, TAX, TXA, JA));
    for (int source : new int[] {Bpf.K, Bpf.X}) {
      for (int operation = 0; operation <= Bpf.XOR; operation += 0x10) {
        known.add(Bpf.ALU | operation | (operation == Bpf.NEG ? Bpf.K : source));
      }
      for (int operation = Bpf.JEQ; operation <= Bpf.JSET; operation += 0x10) {
        known.add(Bpf.JMP | operation | source);
      }
    }
    for (int code = 0; code < 0x10000; code++) {
      long[] program = new long[18];
      for (int i = 0; i < 16; i++) {
        program[i] = op(Bpf.ST, i);
      }
      program[16] = code == JA ? op(code) : op(code, 1);
      program[17] = op(RET_K);
      if (known.contains(code)) {
        program(program);
      } else {
        refused(String.format("instruction 16: no such code: 0x%02x", code), program);
      }
    }
  }

  @Test
  void aFilterIsNamedWhenItIsRefused() {
    Assumptions.assumeTrue(PcapInstallation.isThere(), PcapInstallation.MISSING);
    IllegalArgumentException syntax =
        assertThrows(IllegalArgumentException.class, () -> BpfProgram.compile("udp prt 1", 100));
    assertEquals("filter \"udp prt 1\": ", syntax.getMessage().substring(0, 20));
    IllegalArgumentException loop =
        assertThrows(
            IllegalArgumentException.class, () -> BpfProgram.compile("ip6 protochain 6", 100));
    assertEquals(
        "filter \"ip6 protochain 6\": ", loop.getMessage().substring(0, 27), loop.getMessage());
    assertTrue(loop.getMessage().contains(": jumps back, as protochain does"), loop.getMessage());
    IllegalArgumentException lines =
        assertThrows(
            IllegalArgumentException.class, () -> BpfProgram.compile("udp\nprt\u001b 1", 100));
    assertEquals("filter \"udp prt  1\": ", lines.getMessage().substring(0, 21));
    assertEquals(1, lines.getMessage().lines().count(), lines.getMessage());
  }
}
