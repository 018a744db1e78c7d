/** A user's application. */
module org.example.consumer {
  requires org.mosstack.netty;
  requires static io.netty.transport.classes.epoll;
}
