/**
 * Static views of packet headers at an address, and of the addresses in them. Nothing here checks
 * lengths: callers do, before the first read.
 */
package org.mosstack.header;
