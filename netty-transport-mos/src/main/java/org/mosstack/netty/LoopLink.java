package org.mosstack.netty;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.mosstack.StackCore;

/**
 * What joins a loop and a core that another thread drives: a ring each way. Orders go to the core's
 * thread, to the {@link CoreEnd} of a connection; events come to the loop's, to its {@link
 * FarConnection}.
 */
final class LoopLink {
  /** What a loop wants of a connection. */
  enum Order {
    /** Open it; the payload is the {@link FarConnect}. */
    CONNECT,
    /** Go on here, on this link. */
    ATTACH,
    /** Send no more events; answer with {@link Event#PARKED}. */
    PARK,
    /** Send bytes: of the payload, at an address, so many. */
    WRITE,
    /** Tell when more can be written. */
    WANT_SPACE,
    /** So many bytes were read: more may come. */
    READ,
    /** Run the payload, a change of an option. */
    OPTION,
    SHUTDOWN_OUTPUT,
    SHUTDOWN_INPUT,
    /** Close it; so many bytes were read since the last READ. */
    CLOSE,
    ABORT
  }

  /** What a loop is told of a connection. */
  enum Event {
    /** It is being opened: its SYN was sent. The payload is the {@link FarState} at that time. */
    OPENED,
    /** It couldn't be opened; the payload is the exception. */
    REFUSED,
    /** Its handshake is complete; the payload is its {@link FarState}. */
    CONNECTED,
    /** Bytes arrived: the payload. */
    DATA,
    /** Nothing more will arrive. */
    END,
    /** More may be written, see {@link CoreEnd#granted}. */
    SPACE,
    /** It is over; the payload is the {@link org.mosstack.socket.TcpError}. */
    CLOSED,
    /** The last event on this link. */
    PARKED
  }

  /** The links of the current thread's loop, by core. */
  private static final FastThreadLocal<Map<StackCore, LoopLink>> LINKS =
      new FastThreadLocal<>() {
        @Override
        protected Map<StackCore, LoopLink> initialValue() {
          return new IdentityHashMap<>();
        }
      };

  private final EventLoop loop;
  private final StackCore core;
  private final Courier<Order, CoreEnd> orders;
  private final Courier<Event, FarConnection> events;

  // The loop's.
  private final List<FarConnection> told = new ArrayList<>();

  // The core's.
  private final Set<CoreEnd> ends = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Runnable wakingLoop = this::wakeLoop;
  private boolean waking;
  private boolean loopEnded;

  private LoopLink(EventLoop loop, StackCore core) {
    this.loop = loop;
    this.core = core;
    orders = new Courier<>(core::execute, LoopLink::receive, () -> {});
    events = new Courier<>(this::onLoop, this::receive, this::tell);
    loop.terminationFuture().addListener(_ -> core.execute(this::loopEnded));
  }

  /** The link between the current thread's loop and a core. On the loop. */
  static LoopLink of(EventLoop loop, StackCore core) {
    EventLoop one = LeasedLoop.underlying(loop); // what all groups have a part of
    return LINKS.get().computeIfAbsent(core, _ -> new LoopLink(one, core));
  }

  EventLoop loop() {
    return loop;
  }

  private boolean onLoop(Runnable task) {
    return tryExecute(loop, task);
  }

  /**
   * Runs a task on a loop. Any thread.
   *
   * @return false when the loop has ended
   */
  static boolean tryExecute(EventLoop loop, Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException _) {
      return false;
    }
  }

  // ---- On the loop ----

  /**
   * Sends an order.
   *
   * @return false if the core has ended
   */
  boolean order(Order order, CoreEnd end, Object payload, long first, long second) {
    orders.leave(order, end, payload, first, second);
    boolean sent = orders.wakeConsumer();
    if (!sent) {
      LINKS.get().remove(core);
    }
    return sent;
  }

  private void receive(
      Event event, FarConnection connection, Object payload, long first, long second) {
    if (connection.receive(event, payload)) {
      told.add(connection);
    }
  }

  /** Tells the handlers of what a batch has brought, each connection's once. */
  private void tell() {
    for (int i = 0; i < told.size(); i++) { // handlers may add some
      told.get(i).tell();
    }
    told.clear();
  }

  /** Tells a connection's handler of something that no event has brought. */
  void later(FarConnection connection) {
    onLoop(connection::tell);
  }

  // ---- On the core ----

  private static void receive(Order order, CoreEnd end, Object payload, long first, long second) {
    end.receive(order, payload, first, second);
  }

  /**
   * Sends an event. The loop is woken once for all of a turn: it may share the core's CPU, and
   * would otherwise be there after each.
   */
  void event(Event event, FarConnection connection, Object payload) {
    events.leave(event, connection, payload, 0, 0);
    if (!waking) {
      waking = true;
      core.atTurnEnd(wakingLoop);
    }
  }

  private void wakeLoop() {
    waking = false;
    events.wakeConsumer();
  }

  /** From now on, the end's loop is this link's. */
  void add(CoreEnd end) {
    ends.add(end);
    if (loopEnded) {
      end.abandon();
    }
  }

  void remove(CoreEnd end) {
    ends.remove(end);
  }

  /** Nobody is left for whom the connections could be. */
  private void loopEnded() {
    loopEnded = true;
    events.discard();
    List.copyOf(ends).forEach(CoreEnd::abandon);
  }
}
