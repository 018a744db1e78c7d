package org.mosstack.os;

/** Whether this machine has libpcap. */
public final class PcapInstallation {
  /** What to tell where it is missing. */
  public static final String MISSING = "libpcap is missing: apt-get install libpcap0.8";

  private PcapInstallation() {}

  /** Whether filters can be compiled. */
  public static boolean isThere() {
    try {
      return PcapCompiler.compile("", 1).length > 0;
    } catch (IllegalStateException _) {
      return false;
    }
  }
}
