/**
 * Steering: receive-side scaling in software, for ports that have too few queues, or whose own
 * can't be trusted. Each core gets its flows' packets as if the port had a queue for it.
 */
package org.mosstack.device.steering;
