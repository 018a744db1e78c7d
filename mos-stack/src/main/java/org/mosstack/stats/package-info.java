/**
 * What is counted, by each core and for each device; snapshots of it, and their forms in text for
 * other programs.
 */
package org.mosstack.stats;
