/** What is counted: by each core, and for each device. */
package org.mosstack.stats;
