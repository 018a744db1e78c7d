/**
 * A Netty 4.2 transport whose sockets live in a per-core user-level TCP/IP stack. Both that stack
 * and Netty need native access: {@code --enable-native-access=org.mosstack,io.netty.common}.
 */
module org.mosstack.netty {
  requires transitive org.mosstack;
  requires transitive io.netty.buffer;
  requires transitive io.netty.common;
  requires transitive io.netty.transport;
  requires jdk.net;

  exports org.mosstack.netty;
}
