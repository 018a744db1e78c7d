package org.mosstack.device;

import java.util.Optional;

/**
 * What a port does by itself; TCP/IP reads these values and does the rest in software.
 *
 * @param checksumOffload IPv4 and TCP checksums are computed on transmit and verified on receive
 * @param rss how flows are spread over the queues; empty when the port has one queue or can't tell
 * @param wakeups an arrival can wake a sleeping thread ({@link NetDevice#onArrival}); without it a
 *     thread that sleeps must wake by itself often
 */
public record Capabilities(boolean checksumOffload, Optional<Rss> rss, boolean wakeups) {}
