/** Congestion control: how much may be in flight, and how fast it is sent. */
package org.mosstack.tcp.congestion;
