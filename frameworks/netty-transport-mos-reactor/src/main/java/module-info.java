/** Reactor Netty's LoopResources over {@link org.mosstack.MosStack}. */
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // Reactor's are automatic
module org.mosstack.reactor {
  requires transitive org.mosstack.netty;
  requires transitive reactor.core;
  requires transitive reactor.netty.core;

  exports org.mosstack.reactor;
}
