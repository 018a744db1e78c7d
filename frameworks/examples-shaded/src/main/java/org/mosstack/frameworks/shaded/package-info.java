/** A program that knows Netty alone, whose jar has Netty under another name. */
package org.mosstack.frameworks.shaded;
