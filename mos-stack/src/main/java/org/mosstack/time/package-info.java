/** The clock that the stack goes by. */
package org.mosstack.time;
