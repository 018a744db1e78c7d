/**
 * A SYN flood from spoofed sources on one core over shared memory, beside clients that go on; see
 * {@code bin/bench flood}. Without Netty.
 */
package org.mosstack.bench.flood;
