/**
 * The agent's part that faces Netty. It is loaded, beside the transport, once for each Netty of the
 * process, and never from the class path.
 */
package org.mosstack.agent.netty;
