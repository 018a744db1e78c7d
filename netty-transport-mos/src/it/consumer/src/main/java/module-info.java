/** A user's application. */
module org.example.consumer {
  requires org.mosstack.netty;
}
