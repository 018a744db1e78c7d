/**
 * epwget, the load-generating web client: an ordinary Netty pipeline, told which transport to use.
 *
 * <p>{@link org.mosstack.epwget.Epwget} is the generator, to be embedded; {@link
 * org.mosstack.epwget.EpwgetCommand} is the command line around it.
 */
package org.mosstack.epwget;
