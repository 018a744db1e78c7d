/** Turns figures into tables, plots and documents; knows nothing of how they were measured. */
package org.mosstack.bench.report;
