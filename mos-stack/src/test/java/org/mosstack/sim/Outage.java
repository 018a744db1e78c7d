package org.mosstack.sim;

/**
 * A time in which a link carries nothing.
 *
 * @param fromNanos since the start of the run
 * @param untilNanos since the start of the run, exclusive
 * @param carrier whether the stacks see that their ports are down; otherwise the packets vanish
 */
record Outage(long fromNanos, long untilNanos, boolean carrier) {}
