/** epserver and epwget in one JVM, over the user-level stack and over the kernel's sockets. */
package org.mosstack.demo;
