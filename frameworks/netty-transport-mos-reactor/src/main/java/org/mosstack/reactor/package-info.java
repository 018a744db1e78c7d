/**
 * Reactor Netty over {@link org.mosstack.MosStack}: {@link org.mosstack.reactor.MosLoopResources}.
 */
package org.mosstack.reactor;
