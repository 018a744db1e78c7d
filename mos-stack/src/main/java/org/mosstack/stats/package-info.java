/**
 * The counters of each core and device, snapshots of them, and their text forms for other programs.
 */
package org.mosstack.stats;
