/**
 * Micronaut's HTTP server and client over {@link org.mosstack.MosStack}: with {@code mos.enabled:
 * true} in the configuration, Micronaut's event loop groups are on the stack that the process
 * shares. There is nothing here for an application to call.
 */
package org.mosstack.micronaut;
