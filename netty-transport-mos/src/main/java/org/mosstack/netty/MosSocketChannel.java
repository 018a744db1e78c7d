package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * A TCP connection of a {@link org.mosstack.MosStack} as a Netty channel.
 *
 * <p>A channel with a connection permanently belongs to the loop of the connection's core: an
 * accepted one from the start, a client's from {@code connect} on. An accepted channel is
 * registered there, whichever loop of whichever group it is first given to. A deregistered channel
 * can be registered again with its own loop; registering it with another fails with an {@link
 * IllegalStateException}, because the flow's packets keep arriving at its core.
 *
 * <p>A write is done when TCP has accepted the bytes. A direct buffer that nobody else has a
 * reference to is sent in place, and released when the peer has acknowledged it; others are copied,
 * so that whoever has kept a reference may do as they like with the buffer.
 *
 * <p>A close completes at once, and TCP sends what it accepted, and the FIN, in the background;
 * {@code SO_LINGER} changes that, see {@link MosSocketChannelConfig#getSoLinger}. Closing with
 * unread received data resets the connection, as elsewhere.
 */
public final class MosSocketChannel extends DuplexSocketChannel implements SocketChannel {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

  private final MosSocketChannelConfig config = new MosSocketChannelConfig(this);
  private final SocketReader reader = new SocketReader(this);
  private final SocketWriter writer = new SocketWriter(this);

  // Read by any thread.
  private volatile CoreLoop owner;
  private volatile boolean open = true;
  private volatile boolean active;
  private volatile boolean attached;
  private volatile boolean settled;
  private volatile boolean inputShutdown;
  private volatile boolean outputShutdown;
  private volatile InetSocketAddress local;
  private volatile InetSocketAddress remote;
  private volatile ConnectionView view;

  // On the loop only.
  private TcpConnection connection;

  /** The error that ended the connection, which then only holds unread data; null before. */
  private BrokenConnection broken;

  private IoRegistration registration;
  private ChannelPromise connectPromise;
  private InetSocketAddress connectAddress;
  private Linger linger;
  private boolean writeBlocked;

  /** A client channel, not connected yet. */
  public MosSocketChannel() {
    super(null);
  }

  /** An accepted channel. On its owner's thread. */
  MosSocketChannel(MosServerSocketChannel parent, CoreLoop owner, TcpConnection connection) {
    super(parent);
    this.owner = owner;
    this.connection = connection;
    local = connection.local().toSocketAddress();
    remote = connection.remote().toSocketAddress();
    active = true;
    config.inherit(connection);
    view = ConnectionView.of(connection, owner.core());
    connection.handler(socketUnsafe());
  }

  /** The loop that the channel must run on, or null while it is free to choose. */
  CoreLoop owner() {
    return owner;
  }

  /** Whether the channel has been registered with its owner; it is never routed there again. */
  boolean isSettled() {
    return settled;
  }

  /** The connection, or null before and after. On the loop. */
  TcpConnection connection() {
    return connection;
  }

  private SocketUnsafe socketUnsafe() {
    return (SocketUnsafe) super.unsafe();
  }

  @Override
  public Unsafe unsafe() {
    Unsafe unsafe = super.unsafe();
    return config == null || isRegistered() // null: called by the superclass's constructor
        ? unsafe
        : new RoutingUnsafe(this, unsafe, owner, settled);
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new SocketUnsafe();
  }

  @Override
  public ServerSocketChannel parent() {
    return (ServerSocketChannel) super.parent();
  }

  @Override
  public MosSocketChannelConfig config() {
    return config;
  }

  /** See {@link #tcpInfo(MosTcpInfo)}. */
  public MosTcpInfo tcpInfo() {
    return tcpInfo(new MosTcpInfo());
  }

  /**
   * Fills in the state of the connection. Any thread, without waiting for the loop. On the loop,
   * all figures are from the same instant; elsewhere, each figure is recent, but not necessarily
   * from the same instant.
   *
   * @return {@code info}; all zero and in state CLOSE if there is no connection
   * @throws io.netty.channel.ChannelException with {@link ClosedChannelException} when the channel
   *     is closed
   */
  public MosTcpInfo tcpInfo(MosTcpInfo info) {
    return info.fill(view, open);
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return active;
  }

  /** The local address; after a bind to port 0, its port is 0 until the channel connects. */
  @Override
  public InetSocketAddress localAddress() {
    return local;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  protected SocketAddress localAddress0() {
    return local;
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return remote;
  }

  // ---- Registration ----

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return RoutingUnsafe.isOurs(loop) && (owner == null || owner.loop() == loop);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    MosRegistration.request(eventLoop(), socketUnsafe(), promise, this::registered);
  }

  private void registered(IoRegistration registration) {
    this.registration = registration;
    attached = true; // before the options are read: see optionChanged()
    optionChanged(config::applyTo);
    reader.registered();
    if (settled) {
      eventLoop().execute(() -> socketUnsafe().flush0()); // in case it became writable meanwhile
    }
    settled = owner != null;
    if (broken != null) {
      eventLoop().execute(this::connectionBroke); // it broke meanwhile
    }
  }

  @Override
  protected void doDeregister() {
    IoRegistration registration = this.registration;
    if (registration != null) {
      this.registration = null;
      attached = false;
      reader.clear();
      registration.cancel();
    }
  }

  /** Passes a changed option on to the connection. Any thread. */
  void optionChanged(Consumer<TcpConnection> change) {
    if (attached) { // Otherwise the registration passes it on.
      onLoop(() -> Optional.ofNullable(connection).ifPresent(change));
    }
  }

  // ---- Bind and connect ----

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    if (local != null) { // connecting and connected channels have an address too
      throw SocketErrors.alreadyBound();
    }
    local = InetAddresses.toLocal(localAddress, MosRegistration.loop(registration).stack());
  }

  /** Starts a connection from the local address that was bound, if any. */
  private void startConnect(InetSocketAddress to) throws IOException {
    CoreLoop loop = MosRegistration.loop(registration);
    connection = config.connect(loop.core(), local, to, socketUnsafe());
    view = ConnectionView.of(connection, loop.core());
    owner = loop;
    settled = true;
    local = connection.local().toSocketAddress();
  }

  // ---- Reading and writing ----

  @Override
  protected void doBeginRead() {
    reader.beginRead();
  }

  /** Called when auto-read was turned off. Any thread. */
  void clearRead() {
    if (!attached) {
      return; // Nothing is read before registration, which starts from the option's new value.
    }
    EventLoop loop = eventLoop();
    if (loop.inEventLoop()) {
      reader.clear();
    } else {
      loop.execute(reader::clearUnlessWanted);
    }
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    return SocketWriter.filter(message);
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws IOException {
    if (broken != null) {
      throw broken.takeForWrite();
    }
    switch (writer.write(in)) {
      case DONE -> {}
      case BLOCKED -> writeBlocked = true;
      case TRY_LATER -> eventLoop().execute(() -> socketUnsafe().flush0());
    }
  }

  // ---- Half-closure ----

  boolean isInputShutdownByUser() {
    return inputShutdown;
  }

  void markInputShutdown() {
    inputShutdown = true;
  }

  @Override
  public boolean isInputShutdown() {
    return inputShutdown || !active;
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShutdown || !active;
  }

  private TcpConnection connectedOrThrow() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
    if (!active || connection == null) {
      throw new NotYetConnectedException();
    }
    return connection;
  }

  @Override
  protected void doShutdownOutput() throws IOException {
    TcpConnection connection = connectedOrThrow();
    outputShutdown = true;
    writer.shutdownOutput(connection);
  }

  @Override
  void shutdownOutputOnLoop(ChannelPromise promise) {
    socketUnsafe().shutdownOutput(promise);
  }

  @Override
  void shutdownInputOnLoop(ChannelPromise promise) {
    try {
      TcpConnection connection = connectedOrThrow();
      inputShutdown = true;
      connection.shutdownInput();
    } catch (ClosedChannelException | NotYetConnectedException e) {
      promise.setFailure(e);
      return;
    }
    promise.setSuccess();
    reader.inputShutdown();
  }

  // ---- Closing ----

  @Override
  protected void doDisconnect() throws Exception {
    doClose();
  }

  @Override
  protected void doClose() {
    if (!open) {
      return;
    }
    open = false;
    active = false;
    linger = null;
    ChannelPromise promise = connectPromise;
    if (promise != null) {
      connectPromise = null;
      promise.tryFailure(new ClosedChannelException());
    }
    CoreLoop loop = owner;
    if (loop == null || loop.inLoop()) {
      releaseConnection();
    } else { // An accepted channel that was never registered.
      loop.core().execute(this::releaseConnection);
    }
    doDeregister();
  }

  /** Leaves the connection to TCP; the channel gets no more events from it. On the loop. */
  private void releaseConnection() {
    reader.close();
    writer.close();
    TcpConnection connection = this.connection;
    this.connection = null;
    if (connection == null) {
      return;
    }
    if (broken != null) {
      connection.close(); // discards what is unread
      return;
    }
    connection.handler(DetachedHandler.INSTANCE);
    if (config.getSoLinger() == 0 || writer.isTorn()) {
      connection.abort();
    } else {
      connection.close();
    }
  }

  /** Tells the user that the connection is broken, if the channel is registered. */
  private void connectionBroke() {
    if (connection != null && isRegistered()) {
      broken.tell();
    }
  }

  /** Lets the pending writes fail with the error. */
  void flushBroken() {
    writeBlocked = false;
    socketUnsafe().flush0();
  }

  /** Releases the connection though the channel stays open; nothing is left to read. */
  void dropConnection() {
    TcpConnection ended = connection;
    connection = null;
    ended.close();
  }

  /** Closes the channel, because of the given error if there is one. */
  void closeAfter(IOException cause) {
    socketUnsafe().closeAfter(cause);
  }

  /** Called by Netty and TCP, on the loop. */
  private final class SocketUnsafe extends AbstractUnsafe implements MosIoHandle, TcpHandler {
    @Override
    public void connect(
        SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
      if (promise.isDone() || !ensureOpen(promise)) {
        return;
      }
      try {
        if (connectPromise != null) {
          throw new ConnectionPendingException();
        }
        if (active) {
          throw new AlreadyConnectedException();
        }
        connectAddress = InetAddresses.checked(remoteAddress);
        if (localAddress != null) {
          doBind(localAddress); // the channel stays open if this fails
        }
        try {
          startConnect(connectAddress);
        } catch (Throwable t) {
          doClose();
          throw t;
        }
        connectPromise = promise;
        promise.addListener(
            future -> {
              if (future.isCancelled() && connectPromise == promise) {
                connectPromise = null;
                close(voidPromise());
              }
            });
        writeIntoSyn();
      } catch (Throwable t) {
        promise.tryFailure(annotate(t, remoteAddress));
        closeIfClosed();
      }
    }

    /** Lets what was written before the connect go into the SYN (TCP_FASTOPEN_CONNECT). */
    private void writeIntoSyn() throws IOException {
      ChannelOutboundBuffer written = outboundBuffer();
      if (config.isTcpFastOpenConnect() && written != null) {
        written.addFlush();
        writer.write(written); // the rest goes after the handshake
      }
    }

    @Override
    public void connected(TcpConnection connection) {
      ChannelPromise promise = connectPromise;
      if (promise == null) {
        return; // Cancelled or closed in this same turn.
      }
      connectPromise = null;
      remote = connection.remote().toSocketAddress();
      active = true;
      // A user who cancelled meanwhile still sees the channel become active, then inactive.
      boolean wanted = promise.trySuccess();
      pipeline().fireChannelActive();
      if (!wanted) {
        close(voidPromise());
      } else {
        flush0(); // what was written meanwhile
      }
    }

    @Override
    public void readable(TcpConnection connection) {
      if (isRegistered()) {
        reader.readable();
      }
    }

    @Override
    public void writable(TcpConnection connection) {
      writeBlocked = false;
      if (isRegistered()) {
        super.flush0();
      }
    }

    @Override
    public void released(TcpConnection connection, Object buffer) {
      writer.released(buffer);
      ReferenceCountUtil.safeRelease(buffer);
    }

    @Override
    public void closed(TcpConnection ended, TcpError error) {
      if (ended != connection) {
        // Closed by a handler earlier in this same event; a linger needn't wait any longer.
        closeNow();
        return;
      }
      if (connectPromise != null) {
        connection = null;
        failConnect(error);
        return;
      }
      ended.keepUnread();
      broken = new BrokenConnection(MosSocketChannel.this, reader, error);
      writeBlocked = true; // what was received comes first
      connectionBroke();
    }

    private void failConnect(TcpError error) {
      ChannelPromise promise = connectPromise;
      connectPromise = null;
      IOException cause =
          SocketErrors.connecting(error, connectAddress, config.getConnectTimeoutMillis());
      promise.tryFailure(annotate(cause, connectAddress));
      close(voidPromise());
    }

    /** Adds the remote address to the message, but keeps the types that Netty's users catch. */
    private Throwable annotate(Throwable cause, SocketAddress remoteAddress) {
      return cause instanceof ConnectTimeoutException
              || cause instanceof BindException
              || InetAddresses.isRefusedPeer(remoteAddress)
          ? cause
          : annotateConnectException(cause, remoteAddress);
    }

    private void closeAfter(IOException cause) {
      if (cause == null) {
        close();
        return;
      }
      ClosedChannelException closed = new ClosedChannelException();
      closed.initCause(cause);
      close(voidPromise(), cause, closed);
    }

    /** While the send buffer is full, waits for {@link #writable}; before that, for the connect. */
    @Override
    protected void flush0() {
      if (!writeBlocked && connectPromise == null) {
        super.flush0();
      }
    }

    @Override
    protected Executor prepareToClose() {
      int seconds = config.getSoLinger();
      TcpConnection lingering = connection;
      if (!active || lingering == null || broken != null || writer.isTorn() || seconds <= 0) {
        return null;
      }
      connection = null;
      reader.close();
      linger = new Linger(lingering, eventLoop(), seconds);
      return linger;
    }

    @Override
    public Channel channel() {
      return MosSocketChannel.this;
    }

    @Override
    public void closeNow() {
      if (linger != null) {
        linger.expire();
      }
    }

    @Override
    public void close() {
      close(voidPromise());
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      throw new UnsupportedOperationException("TCP's events don't come through the loop");
    }
  }
}
