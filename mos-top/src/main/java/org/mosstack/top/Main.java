package org.mosstack.top;

/** Starts mos-top. */
public final class Main {
  private Main() {}

  /**
   * Runs the command and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    MosTop.run(args);
  }
}
