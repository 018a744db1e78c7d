package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.mosstack.StackCore;
import org.mosstack.netty.LoopLink.Event;
import org.mosstack.netty.LoopLink.Order;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * The core's end of a connection whose channel is on another thread's loop: takes the loop's
 * orders, and sends it what happens. On the core's thread.
 *
 * <p>Back pressure goes both ways. Towards the loop, at most {@link #WINDOW_BYTES} are on their way
 * or unread; the rest stays with TCP, whose window then closes. Towards the core, the loop writes
 * what it was granted, which is the room in the send buffer.
 */
final class CoreEnd implements TcpHandler {
  private static final InternalLogger logger = InternalLoggerFactory.getInstance(CoreEnd.class);

  /** Most bytes that are on their way to the loop, or unread there. */
  static final int WINDOW_BYTES = 128 * 1024;

  /** Most bytes in one buffer. */
  private static final int CHUNK_BYTES = 64 * 1024;

  /** Divisor of the send buffer's size that gives how much room is worth an event. */
  private static final int GRANT_SHARE = 4;

  /** Bytes that TCP hasn't accepted yet, though there was room: it has become less meanwhile. */
  private record Part(ByteBuf buffer, long address, int length) {}

  private final StackCore core;
  private final FarConnection far;
  private final ChannelConfig config;

  /** Null before it is opened, and once it is over. */
  private TcpConnection connection;

  /** Null while the connection isn't on a loop: events wait. */
  private LoopLink link;

  /** What ended the connection while it wasn't on a loop; null otherwise. */
  private TcpError over;

  // Towards the loop.
  private int unread;
  private boolean endSent;

  // Towards the core.
  private final ArrayDeque<Part> pending = new ArrayDeque<>(0);
  private long ordered;

  /** Bytes that may be written in all. The loop looks itself: it may write on in a long turn. */
  private volatile long granted;

  private boolean spaceWanted;
  private boolean outputShutdown;
  private boolean closing;

  /**
   * An end without a connection.
   *
   * @param far the loop's end
   * @param config the channel's, for its allocator
   */
  CoreEnd(StackCore core, FarConnection far, ChannelConfig config) {
    this.core = core;
    this.far = far;
    this.config = config;
  }

  StackCore core() {
    return core;
  }

  /** How many bytes may be written, of all that the connection ever has. The loop's thread. */
  long granted() {
    return granted;
  }

  /**
   * Takes over a connection that was on the core's own loop, or has just been accepted.
   *
   * @param over what has ended it, if it is over and only has unread data; null otherwise
   */
  void adopt(TcpConnection connection, TcpError over) {
    this.connection = connection;
    this.over = over;
    connection.handler(this);
  }

  // ---- Orders ----

  /** Does what the loop wants. If that fails, as when memory is short, the connection is reset. */
  void receive(Order order, Object payload, long first, long second) {
    try {
      obey(order, payload, first, second);
    } catch (Throwable t) { // one connection's failure doesn't touch the next
      logger.warn("The order {} failed: its connection is reset", order, t);
      releasePending();
      if (connection != null) {
        connection.abort();
      }
    }
  }

  private void obey(Order order, Object payload, long first, long second) {
    switch (order) {
      case CONNECT -> open((FarConnect) payload);
      case ATTACH -> attach((LoopLink) payload);
      case PARK -> park();
      case WRITE -> write((ByteBuf) payload, first, (int) second);
      default -> {
        if (connection != null) {
          obey(order, payload, (int) first);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // the payload is what FarConnection.change sent
  private void obey(Order order, Object payload, int number) {
    switch (order) {
      case WANT_SPACE -> {
        spaceWanted = true;
        grant();
      }
      case READ -> {
        unread -= number;
        pull();
      }
      case OPTION -> option((Consumer<TcpConnection>) payload);
      case SHUTDOWN_OUTPUT -> {
        outputShutdown = true;
        endOutput();
      }
      case SHUTDOWN_INPUT -> connection.shutdownInput();
      case CLOSE -> close(number);
      case ABORT -> {
        releasePending();
        connection.abort();
      }
      default -> throw new AssertionError(order);
    }
  }

  private void option(Consumer<TcpConnection> change) {
    change.accept(connection);
    grant(); // the send buffer may have become larger
    pull();
  }

  private void open(FarConnect request) {
    if (link == null) {
      return; // the loop has ended
    }
    try {
      connection = request.open(core, this);
      send(Event.OPENED, FarState.of(connection));
    } catch (IOException | RuntimeException e) {
      send(Event.REFUSED, e);
      link.remove(this);
    }
  }

  private void attach(LoopLink link) {
    this.link = link;
    link.add(this);
    if (connection == null || this.link == null) { // it is yet to be opened, or the loop has ended
      return;
    }
    if (over != null) {
      closed(connection, over);
      return;
    }
    spaceWanted = true;
    grant();
    pull();
  }

  private void park() {
    if (link != null) {
      send(Event.PARKED, null);
      link.remove(this);
      link = null;
    }
  }

  private void write(ByteBuf buffer, long address, int length) {
    ordered += length;
    if (connection == null) {
      buffer.release();
      return;
    }
    pending.add(new Part(buffer, address, length));
    writePending();
    grant();
  }

  /** Passes bytes to TCP, with a reference for each part that it accepts. */
  private void writePending() {
    Part part;
    while ((part = pending.peek()) != null) {
      part.buffer.retain();
      int accepted = connection.write(part.address, part.length, part.buffer);
      if (accepted < part.length) {
        if (accepted <= 0) {
          part.buffer.release();
          return;
        }
        pending.poll();
        pending.addFirst(new Part(part.buffer, part.address + accepted, part.length - accepted));
        return; // writable follows
      }
      pending.poll();
      part.buffer.release();
    }
  }

  /** Ends the output if that is wanted, once everything is written. */
  private void endOutput() {
    if (!pending.isEmpty()) {
      return;
    }
    if (closing) {
      connection.close();
    } else if (outputShutdown) {
      connection.shutdownOutput();
    }
  }

  private void close(int read) {
    unread -= read;
    closing = true;
    if (unread > 0) {
      releasePending();
      connection.abort(); // the peer is to know that what it sent was lost, as by a close here
    } else {
      endOutput();
    }
  }

  private void releasePending() {
    pending.forEach(part -> part.buffer.release());
    pending.clear();
  }

  // ---- Events ----

  private void send(Event event, Object payload) {
    link.event(event, far, payload);
  }

  /** Grants the room in the send buffer, if it is enough to be worth an event. */
  private void grant() {
    if (link == null || connection == null || !pending.isEmpty()) {
      return;
    }
    int space = connection.writeSpace();
    long total = ordered + space;
    long more = total - granted;
    if (more > 0 && (spaceWanted || more >= connection.sendBuffer() / GRANT_SHARE)) {
      granted = total;
      spaceWanted = false;
      send(Event.SPACE, null);
    } else if (spaceWanted && space == 0) {
      connection.wantSpace();
    }
  }

  /** Takes bytes from TCP for the loop: what the window allows, or all if no more can arrive. */
  private void pull() {
    if (link != null && connection != null && !closing) {
      int window = Math.min(WINDOW_BYTES, connection.receiveBuffer());
      pull(connection.isInputComplete() ? Integer.MAX_VALUE : window - unread);
    }
  }

  private void pull(int room) {
    int left = room;
    while (left > 0 && connection.available() > 0) {
      int length = Math.min(Math.min(left, CHUNK_BYTES), connection.available());
      ByteBuf buffer = config.getAllocator().ioBuffer(length, length);
      SocketReader.readInto(connection, buffer);
      left -= buffer.readableBytes();
      unread += buffer.readableBytes();
      send(Event.DATA, buffer);
    }
    if (!endSent && connection.endOfStream()) {
      endSent = true;
      send(Event.END, null);
    }
  }

  @Override
  public void connected(TcpConnection connection) {
    granted = ordered + connection.writeSpace();
    send(Event.CONNECTED, FarState.of(connection));
  }

  @Override
  public void readable(TcpConnection connection) {
    pull();
  }

  @Override
  public void writable(TcpConnection connection) {
    writePending();
    endOutput();
    grant();
  }

  @Override
  public void released(TcpConnection connection, Object buffer) {
    ReferenceCountUtil.safeRelease(buffer);
    grant();
  }

  @Override
  public void closed(TcpConnection ended, TcpError error) {
    if (connection == null) {
      return;
    }
    if (link == null && !closing) { // for the next loop
      over = error;
      ended.keepUnread();
      return;
    }
    if (!closing) {
      pullRest();
    }
    releasePending();
    connection = null;
    if (over != null) {
      ended.close(); // gives up what was kept
    }
    if (link != null) {
      send(Event.CLOSED, error);
      link.remove(this);
    }
  }

  /** Takes what was received last, which is bounded by the receive buffer. */
  private void pullRest() {
    try {
      pull(Integer.MAX_VALUE);
    } catch (Throwable t) { // the loop must be told of the end in any case
      logger.warn("What was received last is lost", t);
    }
  }

  /**
   * Nobody is left for whom the connection could be. One that is being closed ends in an orderly
   * way.
   */
  void abandon() {
    if (link != null) {
      link.remove(this);
      link = null;
    }
    if (connection == null || closing) {
      return;
    }
    releasePending();
    connection.handler(DetachedHandler.INSTANCE);
    if (over == null) {
      connection.abort();
    } else {
      connection.close();
    }
    connection = null;
  }
}
