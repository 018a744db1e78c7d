/** What a stack tells of itself: console, log files, the file of {@code stats_json}. */
package org.mosstack.report;
