package org.mosstack.sim;

/**
 * A period in which a link carries nothing.
 *
 * @param fromNanos since the start of the run
 * @param untilNanos since the start of the run, exclusive
 * @param carrier whether the stacks see their ports go down; otherwise packets silently vanish
 */
record Outage(long fromNanos, long untilNanos, boolean carrier) {}
