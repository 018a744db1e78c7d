/** A Vert.x 5 transport over {@link org.mosstack.MosStack}. */
module org.mosstack.vertx {
  requires transitive io.vertx.core;
  requires transitive org.mosstack.netty;

  exports org.mosstack.vertx;

  provides io.vertx.core.spi.VertxServiceProvider with
      org.mosstack.vertx.MosTransportProvider;
}
