/**
 * A static web server: an ordinary Netty pipeline over whichever transport it is given.
 *
 * <p>{@link org.mosstack.epserver.FileStore} reads a folder into memory, {@link
 * org.mosstack.epserver.Epserver} answers GET and HEAD from it (HTTP/1.0 and 1.1, RFC 9110 and RFC
 * 9112), and each event loop keeps its own connections, counters and clock.
 */
package org.mosstack.epserver;
