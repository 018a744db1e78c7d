/**
 * Auto-configuration for Spring Boot: with {@code mos.enabled=true}, what Spring runs on Reactor
 * Netty is over {@link org.mosstack.MosStack}.
 */
package org.mosstack.spring;
