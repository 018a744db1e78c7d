/** Examples: frameworks over the mos transport, each with its server and client in one process. */
package org.mosstack.frameworks;
