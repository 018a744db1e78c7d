/** One segment: its header fields and options, and the arithmetic of sequence numbers. */
package org.mosstack.tcp.segment;
