/** TCP as applications use it: connections and listeners, their events, options and figures. */
package org.mosstack.socket;
