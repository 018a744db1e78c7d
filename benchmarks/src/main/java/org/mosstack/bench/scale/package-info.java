/** How the stack would perform with more cores than there are. */
package org.mosstack.bench.scale;
