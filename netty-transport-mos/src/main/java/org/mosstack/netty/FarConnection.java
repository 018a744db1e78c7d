package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Function;
import org.mosstack.netty.LoopLink.Event;
import org.mosstack.netty.LoopLink.Order;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * A connection on a core that another thread drives, as its channel's loop sees it: it behaves as
 * the connection itself would. What the loop wants goes to the {@link CoreEnd} as orders; what
 * happens comes as events, of which the handler is told on the loop. On the loop, unless stated
 * otherwise; the loop may change, see {@link #detach}.
 */
final class FarConnection extends FarOptions {
  private static final InternalLogger logger =
      InternalLoggerFactory.getInstance(FarConnection.class);

  /** What the handler of such a connection is told in addition. */
  interface Handler extends TcpHandler {
    /** The connection is being opened: its local address is known. */
    void opened(FarConnection connection);

    /** The connection couldn't be opened; this is the last call. */
    void refused(Throwable cause);
  }

  /** Share of the window that has been read before the core is told. */
  private static final int READ_SHARE = 4;

  private final CoreEnd end;

  /** Null while it is on no loop. */
  private LoopLink link;

  /** The last one that it was on. */
  private volatile EventLoop loop;

  private TcpHandler handler;

  // What has been received.
  private final ArrayDeque<ByteBuf> received = new ArrayDeque<>();
  private int available;
  private boolean inputComplete;
  private boolean inputShutdown;

  /** Bytes read of which the core hasn't been told. */
  private int read;

  // What may be written.
  private long written;
  private boolean spaceWanted;
  private boolean outputShutdown;

  private boolean closed;

  /** Whether no event comes any more. */
  private boolean over;

  /** Whether the last event on the link has come. */
  private boolean parked;

  /** Called when the last event on the link has come; null unless the connection is to move. */
  private Runnable whenParked;

  // What the handler is yet to be told of.
  private boolean queued;
  private boolean newlyOpened;
  private boolean newlyConnected;
  private boolean newlyReadable;
  private boolean newlyWritable;
  private Throwable refusal;
  private TcpError error;

  /**
   * A connection that is on no loop yet.
   *
   * @param makeEnd makes the core's end
   */
  FarConnection(Function<FarConnection, CoreEnd> makeEnd, TcpHandler handler) {
    this.handler = handler;
    end = makeEnd.apply(this);
  }

  CoreEnd end() {
    return end;
  }

  // ---- Which loop ----

  /** Puts the connection on the current thread's loop. */
  void attach(LoopLink link) {
    this.link = link;
    loop = link.loop();
    if (!over) {
      order(Order.ATTACH, link, 0, 0);
    }
  }

  /** Opens the connection. After {@link #attach}. */
  void open(FarConnect request) {
    order(Order.CONNECT, request, 0, 0);
  }

  /**
   * Puts the connection, whose channel isn't registered, on a loop. Any thread.
   *
   * @param then called there, once the connection is; elsewhere, without one, if the loop has ended
   */
  void moveTo(EventLoop given, Runnable then) {
    EventLoop target = LeasedLoop.underlying(given);
    if (loop == null
        || loop == target
        || !LoopLink.tryExecute(loop, () -> detach(() -> arrive(target, then)))) {
      arrive(target, then);
    }
  }

  private void arrive(EventLoop target, Runnable then) {
    Runnable arriving =
        () -> {
          if (link != null && link.loop() != target) {
            lose();
          } else if (link == null) {
            attach(LoopLink.of(target, end.core()));
          }
          then.run();
          if (over) {
            tell();
          }
        };
    if (!LoopLink.tryExecute(target, arriving)) {
      then.run();
    }
  }

  /** The loop that the connection was on has ended without it, and the connection was reset. */
  private void lose() {
    link = null;
    over = true;
    error = TcpError.RESET;
    releaseReceived();
  }

  /** Takes the connection from its loop; {@code then} is called when nothing more comes here. */
  private void detach(Runnable then) {
    whenParked = then;
    if (link == null || over) {
      leave();
    } else {
      order(Order.PARK, null, 0, 0);
    }
  }

  private void leave() {
    parked = false;
    link = null;
    Runnable then = whenParked;
    whenParked = null;
    if (then != null) {
      then.run();
    }
  }

  /** Whether this is the loop's thread. Any thread. */
  boolean isOnItsThread() {
    return loop != null && loop.inEventLoop();
  }

  /** Runs a task on the loop; if there is none any more, the connection is reset. Any thread. */
  void execute(Runnable task) {
    if (loop == null || !LoopLink.tryExecute(loop, task)) {
      abandon();
    }
  }

  /** Nobody is left to use the connection. */
  private void abandon() {
    over = true;
    releaseReceived();
    end.core().execute(end::abandon);
  }

  private void order(Order order, Object payload, long first, long second) {
    if (over) {
      ReferenceCountUtil.safeRelease(payload);
    } else if (link == null) {
      abandon();
    } else if (!link.order(order, end, payload, first, second)) {
      // The core has ended, and the connection with it.
      over = true;
      error = TcpError.STACK_CLOSED;
      link.later(this);
    }
  }

  // ---- Events ----

  /**
   * Takes an event.
   *
   * @return whether the handler is to be told, at the end of the batch
   */
  boolean receive(Event event, Object payload) {
    switch (event) {
      case OPENED -> {
        know((FarState) payload);
        newlyOpened = true;
      }
      case REFUSED -> {
        refusal = (Throwable) payload;
        over = true;
      }
      case CONNECTED -> {
        know((FarState) payload);
        newlyConnected = true;
      }
      case DATA -> data((ByteBuf) payload);
      case END -> {
        inputComplete = true;
        newlyReadable = true;
      }
      case SPACE -> {
        newlyWritable |= spaceWanted;
        spaceWanted = false;
      }
      case CLOSED -> {
        error = (TcpError) payload;
        over = true;
      }
      case PARKED -> parked = true; // the handler is told of what came before
    }
    boolean first = !queued;
    queued = true;
    return first;
  }

  private void data(ByteBuf buffer) {
    if (closed || inputShutdown) {
      countRead(buffer.readableBytes());
      buffer.release();
      return;
    }
    received.add(buffer);
    available += buffer.readableBytes();
    newlyReadable = true;
  }

  /** Tells the handler what has happened since the last call. */
  void tell() {
    queued = false;
    try {
      tellAll();
    } catch (Throwable t) {
      logger.warn("A handler failed: its connection is reset", t);
      abort();
    }
    if (over || parked) {
      leave();
    }
  }

  private void tellAll() {
    if (newlyOpened) {
      newlyOpened = false;
      if (handler instanceof Handler far) {
        far.opened(this);
      }
    }
    if (newlyConnected) {
      newlyConnected = false;
      handler.connected(this);
    }
    if (newlyReadable) {
      newlyReadable = false;
      handler.readable(this);
    }
    if (newlyWritable) {
      newlyWritable = false;
      handler.writable(this);
    }
    if (refusal != null) {
      Throwable cause = refusal;
      refusal = null;
      if (handler instanceof Handler far) {
        far.refused(cause);
      }
    }
    if (error != null) {
      TcpError cause = error;
      error = null;
      handler.closed(this, cause);
    }
  }

  // ---- The connection ----

  @Override
  public void handler(TcpHandler handler) {
    this.handler = handler;
  }

  @Override
  public TcpHandler handler() {
    return handler;
  }

  @Override
  public int core() {
    return end.core().index();
  }

  @Override
  public int write(long address, int length, Object buffer) {
    int accepted = Math.min(length, writeSpace());
    if (accepted > 0) {
      written += accepted;
      order(Order.WRITE, buffer, address, accepted);
    }
    if (accepted < length) {
      wantSpace();
    }
    return accepted;
  }

  @Override
  public void wantSpace() {
    if (!spaceWanted && !outputShutdown) {
      spaceWanted = true;
      order(Order.WANT_SPACE, null, 0, 0);
    }
  }

  /** Each write goes its own way. */
  @Override
  public int append(long address, int length, Object buffer) {
    return -1;
  }

  /** The core goes on while the loop's turn does, and makes room. */
  @Override
  public boolean takesMore() {
    return writeSpace() > 0;
  }

  @Override
  public int writeSpace() {
    return outputShutdown || over ? 0 : (int) (end.granted() - written);
  }

  /** Not known here: 0, so that nobody keeps room for an {@link #append}. */
  @Override
  public int unacknowledgedBytes() {
    return 0;
  }

  /** Not supported: see {@link #read(ByteBuf)}. */
  @Override
  public int read(long address, int length) {
    throw new UnsupportedOperationException("what was received is in buffers, not in memory");
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    return read(Unpooled.wrappedBuffer(target, offset, length).clear());
  }

  /**
   * Copies received bytes to where a buffer is writable.
   *
   * @return see {@link TcpConnection#read(long, int)}
   */
  int read(ByteBuf target) {
    int length = target.writableBytes();
    while (target.isWritable() && !received.isEmpty()) {
      ByteBuf first = received.peek();
      target.writeBytes(first, Math.min(first.readableBytes(), target.writableBytes()));
      if (!first.isReadable()) {
        received.remove().release();
      }
    }
    int copied = length - target.writableBytes();
    if (copied == 0) {
      return length > 0 && isInputComplete() ? -1 : 0;
    }
    available -= copied;
    countRead(copied);
    return copied;
  }

  private void countRead(int bytes) {
    read += bytes;
    if (read >= CoreEnd.WINDOW_BYTES / READ_SHARE || received.isEmpty() && !inputComplete) {
      order(Order.READ, null, read, 0);
      read = 0;
    }
  }

  @Override
  public int available() {
    return available;
  }

  @Override
  public boolean endOfStream() {
    return available == 0 && isInputComplete();
  }

  @Override
  public boolean isInputComplete() {
    return inputComplete || inputShutdown;
  }

  /** What was received stays here anyway. */
  @Override
  public void keepUnread() {}

  @Override
  public void shutdownOutput() {
    outputShutdown = true;
    order(Order.SHUTDOWN_OUTPUT, null, 0, 0);
  }

  @Override
  public void shutdownInput() {
    inputShutdown = true;
    releaseReceived();
    order(Order.SHUTDOWN_INPUT, null, 0, 0);
  }

  private void releaseReceived() {
    received.forEach(ByteBuf::release);
    received.clear();
    available = 0;
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShutdown || over;
  }

  @Override
  public boolean isInputShutdown() {
    return inputShutdown;
  }

  @Override
  public void close() {
    end(Order.CLOSE);
  }

  @Override
  public void abort() {
    end(Order.ABORT);
  }

  private void end(Order order) {
    if (!closed) {
      closed = true;
      outputShutdown = true;
      order(order, null, read, 0);
      releaseReceived();
    }
  }

  @Override
  void change(Consumer<TcpConnection> change) {
    order(Order.OPTION, change, 0, 0);
  }
}
