package org.mosstack.vertx;

import io.vertx.core.transport.Transport;
import org.mosstack.MosStack;
import org.mosstack.netty.IdleStrategy;

/**
 * Runs Vert.x over a {@link MosStack}: {@code Vertx.builder().withTransport(new
 * MosTransport(stack)).build()}, or without a stack of its own, {@code new MosTransport()}, over
 * the one that the process shares. The latter is also what a Vert.x gets that prefers a native
 * transport ({@code VertxOptions.setPreferNativeTransport(true)}) and isn't given one.
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
 * <p>A transport is for one Vert.x instance. A stack of the program's own belongs to it from its
 * start on, and ends when it is closed.
 */
public final class MosTransport implements Transport {
  private final io.vertx.core.spi.transport.Transport implementation;

  /**
   * Creates a transport on the stack that the process shares ({@link MosStack#shared}), which goes
   * on while anybody uses it. Where several share it, the cores go to the loops that start first;
   * the connections of a loop that finds none left are on other loops' cores.
   */
  public MosTransport() {
    this(new SharedStackLoops());
  }

  private MosTransport(LoopSource loops) {
    implementation = new StackTransport(loops);
  }

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
    this(new OwnStackLoops(stack, idleStrategy));
  }

  /** Returns "mos". */
  @Override
  public String name() {
    return "mos";
  }

  /**
   * Returns whether the transport can be used in this JVM. Where it is on the shared stack, this
   * starts that stack; it is false if the stack can't be started and the kernel may replace it
   * ({@code -Dmos.fallback=true}). Vert.x then uses NIO.
   *
   * @throws org.mosstack.config.ConfigException if the stack can't be started otherwise
   */
  @Override
  public boolean available() {
    return implementation.isAvailable();
  }

  /** Returns why the transport can't be used; null if it can. */
  @Override
  public Throwable unavailabilityCause() {
    return implementation.unavailabilityCause();
  }

  /** Returns the implementation that Vert.x uses. */
  @Override
  public io.vertx.core.spi.transport.Transport implementation() {
    return implementation;
  }
}
