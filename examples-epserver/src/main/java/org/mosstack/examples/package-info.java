/** What epserver, epwget and the demo share: the transport under them, and its options. */
package org.mosstack.examples;
