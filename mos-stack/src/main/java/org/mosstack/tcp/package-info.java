/**
 * TCP (RFC 9293): connections and listeners as the transport above uses them, each on the thread of
 * its core.
 */
package org.mosstack.tcp;
