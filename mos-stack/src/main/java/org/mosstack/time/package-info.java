/** The clock that the stack uses. */
package org.mosstack.time;
