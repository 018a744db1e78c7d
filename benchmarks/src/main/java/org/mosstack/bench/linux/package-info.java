/**
 * Transfers between this project and the Linux kernel over a bad link, beside those of Linux with
 * itself; see {@code bin/bench linux}. The program is the same, only its transport is another.
 */
package org.mosstack.bench.linux;
