/**
 * Transfers between this project and the Linux kernel over a bad link, compared with those between
 * two Linux kernels; see {@code bin/bench linux}. Only the program's transport differs.
 */
package org.mosstack.bench.linux;
