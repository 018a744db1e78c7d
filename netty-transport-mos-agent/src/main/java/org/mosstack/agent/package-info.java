/**
 * A Java agent that makes TCP channels of unmodified Netty applications channels of the process's
 * shared {@link org.mosstack.MosStack}. It knows no Netty: what does is loaded once for each Netty
 * that the application has.
 */
package org.mosstack.agent;
