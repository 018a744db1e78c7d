/**
 * The stack: {@link org.mosstack.MosStack}, a process's devices and cores, and {@link
 * org.mosstack.StackCore}, one core's share of it, which one thread drives.
 */
package org.mosstack;
