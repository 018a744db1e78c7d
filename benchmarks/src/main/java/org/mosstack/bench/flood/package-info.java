/**
 * A SYN flood from spoofed sources against one core over shared memory, while clients continue; see
 * {@code bin/bench flood}. Without Netty.
 */
package org.mosstack.bench.flood;
