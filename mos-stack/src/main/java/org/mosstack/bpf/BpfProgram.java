package org.mosstack.bpf;

import java.util.regex.Pattern;
import org.mosstack.os.PcapCompiler;

/**
 * A program of the classic BSD Packet Filter, checked: it ends for every packet, whatever is in it,
 * and reads nothing that it hasn't written. Immutable; {@link BpfInterpreter} runs it.
 */
public final class BpfProgram {
  /** The most instructions, as on Linux (BPF_MAXINSNS). */
  static final int MAX_INSTRUCTIONS = 4096;

  /** What would break a message's line, or disturb a terminal: to a filter, a blank is as good. */
  private static final Pattern NOT_IN_A_LINE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  final int[] codes;
  final int[] ks;

  /** The two ways that a conditional jump may go: how many instructions it skips. */
  final int[] jts;

  final int[] jfs;

  private BpfProgram(long[] instructions) {
    int n = instructions.length;
    codes = new int[n];
    jts = new int[n];
    jfs = new int[n];
    ks = new int[n];
    for (int i = 0; i < n; i++) {
      codes[i] = (int) (instructions[i] >>> 48);
      jts[i] = (int) (instructions[i] >>> 40) & 0xFF;
      jfs[i] = (int) (instructions[i] >>> 32) & 0xFF;
      ks[i] = (int) instructions[i];
    }
  }

  /**
   * Compiles a filter for Ethernet frames, by libpcap. A name of a host in it is looked up, which
   * may block.
   *
   * @param expression in the pcap language (pcap-filter(7)), as tcpdump takes it; empty for every
   *     frame
   * @param snapLength what the program returns for a frame that matches: the bytes of it to keep
   * @return the program, which returns 0 for a frame that doesn't match
   * @throws IllegalArgumentException if it isn't a filter; the message is one line that has the
   *     filter and what is wrong with it
   * @throws IllegalStateException if libpcap isn't installed; the message says what to install
   */
  public static BpfProgram compile(String expression, int snapLength) {
    try {
      return of(PcapCompiler.compile(expression, snapLength));
    } catch (IllegalArgumentException e) {
      String message = "filter \"" + expression + "\": " + e.getMessage();
      throw new IllegalArgumentException(NOT_IN_A_LINE.matcher(message).replaceAll(" "), e);
    }
  }

  /**
   * Checks a program.
   *
   * @param instructions each with its code in bits 48 to 63, jt in 40 to 47, jf in 32 to 39 and k
   *     in 0 to 31
   * @throws IllegalArgumentException if it has none or more than 4096, ends without a return, has
   *     an instruction that there isn't, jumps back or out of itself, divides by a constant 0,
   *     shifts by 32 or more, or reads scratch memory that it may not have written before
   */
  public static BpfProgram of(long[] instructions) {
    if (instructions.length == 0 || instructions.length > MAX_INSTRUCTIONS) {
      throw new IllegalArgumentException(
          instructions.length + " instructions; allowed: 1 to " + MAX_INSTRUCTIONS);
    }
    BpfProgram program = new BpfProgram(instructions);
    new BpfCheck(program).run();
    return program;
  }

  /** Instructions of the program, 1 to 4096. */
  public int length() {
    return codes.length;
  }
}
