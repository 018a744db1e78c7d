/** A terminal view of a running stack: follows the file of {@code stats_json}. */
package org.mosstack.top;
