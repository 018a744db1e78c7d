/** TCP (RFC 9293): connections and listeners for the transport above, each on its core's thread. */
package org.mosstack.tcp;
