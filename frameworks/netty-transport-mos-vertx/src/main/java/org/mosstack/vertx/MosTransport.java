package org.mosstack.vertx;

import io.vertx.core.transport.Transport;
import org.mosstack.MosStack;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.Mos;

/**
 * Runs Vert.x over a {@link MosStack}: {@code Vertx.builder().withTransport(new
 * MosTransport(stack)).build()}.
 *
 * <p>Vert.x gets an event loop for each of the stack's cores, however many its options ask for.
 * TCP, and with it HTTP, goes through the stack; datagram sockets and DNS stay with the kernel, by
 * NIO, on the same loops. There are no domain sockets.
 *
 * <p>A connection is served on the loop of the core that its packets arrive at, if a server was
 * started there. With fewer instances of a verticle than cores, the connections of the other cores
 * are passed on to the loops that have one. Deploy as many instances as there are cores to keep all
 * of them busy and pass nothing on.
 *
 * <p>A transport is for one Vert.x instance. The stack belongs to it from its start on, and ends
 * when it is closed.
 */
public final class MosTransport implements Transport {
  private final io.vertx.core.spi.transport.Transport implementation;

  /**
   * Creates a transport whose loops are {@link IdleStrategy#ADAPTIVE}.
   *
   * @param stack started, and not yet given to a group of loops
   */
  public MosTransport(MosStack stack) {
    this(stack, IdleStrategy.ADAPTIVE);
  }

  /**
   * Creates a transport.
   *
   * @param stack started, and not yet given to a group of loops
   * @param idleStrategy what loops do while there is nothing to do
   */
  public MosTransport(MosStack stack, IdleStrategy idleStrategy) {
    implementation = new StackTransport(stack, idleStrategy);
  }

  /** Returns "mos". */
  @Override
  public String name() {
    return "mos";
  }

  /** Returns whether the transport can be used in this JVM. */
  @Override
  public boolean available() {
    return Mos.isAvailable();
  }

  /** Returns why the transport can't be used; null if it can. */
  @Override
  public Throwable unavailabilityCause() {
    return Mos.unavailabilityCause();
  }

  /** Returns the implementation that Vert.x uses. */
  @Override
  public io.vertx.core.spi.transport.Transport implementation() {
    return implementation;
  }
}
