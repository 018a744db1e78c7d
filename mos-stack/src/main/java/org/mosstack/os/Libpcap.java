package org.mosstack.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.util.Locale;

/**
 * The functions of libpcap that {@link PcapCompiler} calls, under their own names (pcap(3)). A
 * {@code pcap_t *} is kept as a number.
 */
public enum Libpcap {
  /** pcap_close(3). */
  PCAP_CLOSE(CSignature.ofVoid(JAVA_LONG)),

  /** pcap_compile(3). */
  PCAP_COMPILE(CSignature.of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT)),

  /** pcap_freecode(3). */
  PCAP_FREECODE(CSignature.ofVoid(ADDRESS)),

  /** pcap_geterr(3). */
  PCAP_GETERR(CSignature.of(JAVA_LONG, JAVA_LONG)),

  /** pcap_open_dead(3). */
  PCAP_OPEN_DEAD(CSignature.of(JAVA_LONG, JAVA_INT, JAVA_INT));

  private final CSignature signature;

  Libpcap(CSignature signature) {
    this.signature = signature;
  }

  /** The function's type. */
  public CSignature signature() {
    return signature;
  }

  /** The C name. */
  public String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }
}
