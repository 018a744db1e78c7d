/**
 * The stack: {@link org.mosstack.MosStack}, its devices and cores, and {@link
 * org.mosstack.StackCore}, one core's share of it, driven by one thread.
 */
package org.mosstack;
