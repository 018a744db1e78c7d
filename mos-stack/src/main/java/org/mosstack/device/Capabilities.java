package org.mosstack.device;

import java.util.Optional;

/**
 * What a port does by itself; TCP/IP does the rest in software.
 *
 * @param rxChecksum the port verifies IPv4 and TCP checksums of received packets and reports the
 *     result in each mbuf's flags ({@link org.mosstack.mbuf.Mbuf#RX_IP_CKSUM_MASK} and {@link
 *     org.mosstack.mbuf.Mbuf#RX_L4_CKSUM_MASK}); otherwise these flags mean nothing
 * @param txChecksum the port fills in the IPv4 and TCP checksums of packets whose mbuf asks for it
 *     ({@link org.mosstack.mbuf.Mbuf#requestTcpChecksum}); otherwise nobody may ask
 * @param txSegmentation the port takes super-segments ({@link
 *     org.mosstack.mbuf.Mbuf#requestSegmentation}), longer than its MTU; otherwise nobody may hand
 *     it one. Requires {@code txChecksum}
 * @param rss how flows are spread over the queues; empty when the port has one queue or can't tell
 * @param wakeups an arrival can wake a sleeping thread ({@link NetDevice#onArrival}); otherwise a
 *     sleeping thread must often wake by itself
 */
public record Capabilities(
    boolean rxChecksum,
    boolean txChecksum,
    boolean txSegmentation,
    Optional<Rss> rss,
    boolean wakeups) {
  /** Nothing: checksums are the stack's work, and a sleeping thread wakes by itself. */
  public static final Capabilities NONE =
      new Capabilities(false, false, false, Optional.empty(), false);

  /** The same of a port that is handed no super-segments. */
  public Capabilities withoutSegmentation() {
    return new Capabilities(rxChecksum, txChecksum, false, rss, wakeups);
  }
}
