/** A Netty 4.2 transport whose sockets live in a per-core user-level TCP/IP stack. */
module org.mosstack.netty {
  requires transitive org.mosstack;
  requires transitive io.netty.buffer;
  requires transitive io.netty.common;
  requires transitive io.netty.transport;

  exports org.mosstack.netty;
}
