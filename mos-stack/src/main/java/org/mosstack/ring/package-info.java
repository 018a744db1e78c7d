/** Rings that carry packets from one thread to another, and who waits at their ends. */
package org.mosstack.ring;
