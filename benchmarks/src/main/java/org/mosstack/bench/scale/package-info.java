/** How the stack would do with more cores than there are. */
package org.mosstack.bench.scale;
