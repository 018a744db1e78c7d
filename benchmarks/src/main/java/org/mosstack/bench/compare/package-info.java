/** HTTP over this project's transport and over Netty's, with everything else the same. */
package org.mosstack.bench.compare;
