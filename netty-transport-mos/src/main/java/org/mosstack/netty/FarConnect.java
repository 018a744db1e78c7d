package org.mosstack.netty;

import java.io.IOException;
import org.mosstack.StackCore;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpHandler;

/** How a connection is opened on a core's thread that isn't its channel's. */
@FunctionalInterface
interface FarConnect {
  /** See {@link StackCore#connect}. On the core's thread. */
  TcpConnection open(StackCore core, TcpHandler handler) throws IOException;
}
