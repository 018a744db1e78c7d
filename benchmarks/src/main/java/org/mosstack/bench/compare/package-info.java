/** HTTP over this project's transport and over Netty's, with everything else equal. */
package org.mosstack.bench.compare;
