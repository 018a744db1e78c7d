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
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;

/**
 * A TCP connection of a {@link org.mosstack.MosStack} as a Netty channel.
 *
 * <p>A channel may be on any loop. On the loop that drives its connection's core it costs nothing:
 * an accepted channel that is given to a group with that loop is registered there, and a client's
 * connection is on the core of the loop that it connects from. On any other loop, of another
 * transport's too, a ring each way joins the loop and the core. A deregistered channel can be
 * registered again with any loop.
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

  private final MosStack stack;
  private final MosSocketChannelConfig config = new MosSocketChannelConfig(this);
  private final SocketHome home = new SocketHome(this);
  private final SocketReader reader = new SocketReader(this);
  private final SocketWriter writer = new SocketWriter(this);

  // Read by any thread.

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

  /** The connection's other place, the kernel; null if it isn't there. */
  private KernelRelay kernel;

  /** The kernel's socket that the channel was made with, or null. */
  private final KernelSocket<SocketChannel> reserve;

  /** The error that ended the connection, which then only holds unread data; null before. */
  private BrokenConnection broken;

  private IoRegistration registration;
  private ChannelPromise connectPromise;
  private InetSocketAddress connectAddress;
  private Linger linger;
  private boolean writeBlocked;

  /** A client channel, not connected yet, of the stack that its loop drives. */
  public MosSocketChannel() {
    this(null);
  }

  /**
   * A client channel, not connected yet.
   *
   * @param stack where its connection will be; null for that which its loop drives
   */
  public MosSocketChannel(MosStack stack) {
    super(null);
    this.stack = stack;
    reserve = null;
  }

  /**
   * A client channel, not connected yet, that chooses between a stack and the kernel when it
   * connects. Options are those of either.
   *
   * @param stack where its connection may be
   * @param kernel a channel of another transport's for the kernel's side, neither registered nor
   *     used otherwise; of a kind that the loop serves to which this channel is given
   * @param onStack whether the stack has the connection to a remote address; on the channel's loop
   */
  public MosSocketChannel(
      MosStack stack, SocketChannel kernel, Predicate<InetSocketAddress> onStack) {
    super(null);
    this.stack = stack;
    reserve = new KernelSocket<>(kernel, onStack);
  }

  /** An accepted channel. On the thread of its connection's core. */
  MosSocketChannel(MosServerSocketChannel parent, StackCore core, TcpConnection connection) {
    super(parent);
    stack = null;
    reserve = null;
    home.near(core);
    this.connection = connection;
    local = connection.local().toSocketAddress();
    remote = connection.remote().toSocketAddress();
    active = true;
    config.inherit(connection);
    view = ConnectionView.of(connection, core);
    connection.handler(socketUnsafe());
  }

  /** The connection, or null before and after. On the loop. */
  TcpConnection connection() {
    return connection;
  }

  /** The connection's place in the kernel; null if it isn't there. On the loop. */
  KernelRelay kernel() {
    return kernel;
  }

  /** The kernel's socket that the channel was made with; null if there was none. Any thread. */
  KernelSocket<SocketChannel> reserve() {
    return reserve;
  }

  private SocketUnsafe socketUnsafe() {
    return (SocketUnsafe) super.unsafe();
  }

  @Override
  public Unsafe unsafe() {
    Unsafe unsafe = super.unsafe();
    return home == null || home.core() == null || isRegistered() // null: while it is constructed
        ? unsafe
        : new RoutingUnsafe(home, unsafe);
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

  /** Any loop: a connection whose core another thread drives is reached through a ring. */
  @Override
  protected boolean isCompatible(EventLoop loop) {
    return true;
  }

  /** Where the connection is. */
  SocketHome home() {
    return home;
  }

  /** Whether the channel has been registered with a connection before. */
  boolean isSettled() {
    return settled;
  }

  /** Registers the channel where {@link SocketHome} has decided. */
  void registerItself(EventLoop loop, ChannelPromise promise) {
    socketUnsafe().register(loop, promise);
  }

  /**
   * Makes the connection one that is to be reached through a ring. On its core's thread.
   *
   * @return the connection as it is seen from there, on no loop yet; null if there is none any more
   */
  FarConnection leaveCore(StackCore core) {
    TcpConnection near = connection;
    if (near == null) {
      return null;
    }
    FarConnection far = new FarConnection(f -> new CoreEnd(core, f, config), socketUnsafe());
    if (broken == null) {
      far.know(FarState.of(near));
      far.end().adopt(near, null);
    } else {
      far.end().adopt(near, broken.error());
      broken = null; // it will be told again
    }
    writeBlocked = false; // the next write will tell
    writer.leftCore();
    connection = far;
    return far;
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    if (kernel == null) {
      register(promise);
    } else {
      kernel.moveTo(eventLoop(), () -> register(promise));
    }
  }

  private void register(ChannelPromise promise) {
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
    settled = home.core() != null;
    if (broken != null) {
      eventLoop().execute(this::connectionBroke); // it broke meanwhile
    }
  }

  @Override
  protected void doDeregister() {
    if (!attached) {
      return;
    }
    attached = false;
    reader.clear();
    if (kernel != null) {
      kernel.leave();
    }
    IoRegistration registration = this.registration;
    if (registration != null) {
      this.registration = null;
      registration.cancel();
    }
  }

  /** Passes a changed option on to the connection. Any thread. */
  void optionChanged(Consumer<TcpConnection> change) {
    if (attached) { // Otherwise the registration passes it on.
      onLoop(() -> change(change));
    }
  }

  private void change(Consumer<TcpConnection> change) {
    if (kernel != null) {
      kernel.applyOptions();
    } else if (home.far() != null) {
      home.far().change(change);
    } else if (connection != null) {
      change.accept(connection);
    }
  }

  // ---- Bind and connect ----

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    if (local != null) { // connecting and connected channels have an address too
      throw SocketErrors.alreadyBound();
    }
    local =
        reserve == null
            ? InetAddresses.toLocal(localAddress, Place.of(stack, registration).stack())
            : InetAddresses.checked(localAddress); // whoever gets the connection knows it
  }

  /** Starts a connection from the local address that was bound, if any. */
  private void startConnect(InetSocketAddress to) throws IOException {
    Place place = Place.of(stack, registration);
    SocketChannel socket = kernelSocket(place, to);
    if (socket != null) {
      kernel = new KernelRelay(this, socket);
      kernel.connect(to, local).addListener(socketUnsafe()::kernelConnected);
      return;
    }
    if (place.nearCore() == null) {
      startFarConnect(place.stack(), to);
      return;
    }
    StackCore core = place.nearCore();
    connection = config.connect(core, local, to, socketUnsafe());
    home.near(core);
    view = ConnectionView.of(connection, core);
    settled = true;
    local = connection.local().toSocketAddress();
  }

  /** The kernel's socket for the connection; null if that is to be on the stack. */
  private SocketChannel kernelSocket(Place place, InetSocketAddress to) throws IOException {
    if (reserve == null) {
      boolean isKernels = KernelFallback.isMeant(place.stack(), to, eventLoop());
      return isKernels ? new NioSocketChannel() : null;
    }
    if (!reserve.isOnStack(to)) {
      return reserve.channel();
    }
    reserve.decline();
    if (local != null) {
      local = InetAddresses.toLocal(local, place.stack());
    }
    return null;
  }

  /** Has a connection started on one of the stack's cores. */
  private void startFarConnect(MosStack stack, InetSocketAddress to) {
    StackCore core = stack.core(ThreadLocalRandom.current().nextInt(stack.cores()));
    InetSocketAddress from = local;
    FarConnection far = new FarConnection(f -> new CoreEnd(core, f, config), socketUnsafe());
    connection = far;
    home.far(core, far);
    view = ConnectionView.of(far, core);
    settled = true;
    far.attach(LoopLink.of(eventLoop(), core));
    far.open((on, handler) -> config.connect(on, from, to, handler));
  }

  // ---- Reading and writing ----

  @Override
  protected void doBeginRead() {
    if (kernel != null) {
      kernel.read();
    } else {
      reader.beginRead();
    }
  }

  /** Called when auto-read was turned off. Any thread. */
  void clearRead() {
    if (!attached) {
      return; // Nothing is read before registration, which starts from the option's new value.
    }
    EventLoop loop = eventLoop();
    if (!loop.inEventLoop()) {
      loop.execute(this::clearUnlessWanted);
    } else if (kernel != null) {
      kernel.clearRead();
    } else {
      reader.clear();
    }
  }

  private void clearUnlessWanted() {
    if (kernel == null) {
      reader.clearUnlessWanted();
    } else if (!config.isAutoRead()) {
      kernel.clearRead();
    }
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    return SocketWriter.filter(message);
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws Exception {
    if (kernel != null) {
      kernel.write(in);
      return;
    }
    if (broken != null) {
      throw broken.takeForWrite();
    }
    switch (writer.write(in)) {
      case DONE -> {}
      case BLOCKED -> writeBlocked = true;
      case TRY_LATER -> eventLoop().execute(() -> socketUnsafe().flush0());
    }
  }

  /** Called when the kernel can take more. */
  void flushKernel() {
    socketUnsafe().flush0();
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
    if (kernel != null) {
      outputShutdown = true;
      kernel.shutdownOutput();
      return;
    }
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
    if (kernel != null) {
      inputShutdown = true;
      kernel.shutdownInput(promise);
      return;
    }
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
    if (isRegistered() || home.isOnItsThread()) {
      releaseConnection();
    } else {
      home.execute(this::releaseConnection);
    }
    doDeregister();
  }

  /** Leaves the connection to TCP; the channel gets no more events from it. On the loop. */
  private void releaseConnection() {
    if (kernel != null) {
      kernel.close();
      return;
    }
    if (reserve != null) {
      reserve.close();
    }
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
  private final class SocketUnsafe extends AbstractUnsafe
      implements MosIoHandle, FarConnection.Handler {
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
        connectPromise = promise; // the kernel may answer at once
        try {
          startConnect(connectAddress);
        } catch (Throwable t) {
          Throwable explained = explained(t); // while there is a registration
          connectPromise = null; // it fails with the cause
          doClose();
          throw explained;
        }
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
      becomeActive(promise);
    }

    private void becomeActive(ChannelPromise promise) {
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

    /** The kernel's handshake is complete, or has failed. */
    void kernelConnected(Future<?> done) {
      ChannelPromise promise = connectPromise;
      if (promise == null) {
        return; // cancelled or closed meanwhile
      }
      connectPromise = null;
      if (!done.isSuccess()) {
        promise.tryFailure(done.cause());
        close(voidPromise());
        return;
      }
      local = kernel.localAddress();
      remote = connectAddress;
      becomeActive(promise);
    }

    @Override
    public void opened(FarConnection connection) {
      local = connection.local().toSocketAddress();
    }

    @Override
    public void refused(Throwable cause) {
      ChannelPromise promise = connectPromise;
      Throwable explained = explained(cause); // while there is a registration
      connectPromise = null;
      connection = null;
      doClose();
      if (promise != null) {
        promise.tryFailure(annotate(explained, connectAddress));
      }
      closeIfClosed();
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
      promise.tryFailure(annotate(explained(cause), connectAddress));
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

    private Throwable explained(Throwable cause) {
      try {
        return SocketErrors.explained(cause, Place.of(stack, registration).stack());
      } catch (SocketException _) {
        return cause; // which is that there is no stack
      }
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

    /**
     * While the send buffer is full, waits for {@link #writable}, or for room made in this turn;
     * before that, for the connect.
     */
    @Override
    protected void flush0() {
      if (connectPromise != null || writeBlocked && !takesMore()) {
        return;
      }
      writeBlocked = false; // the write will tell
      super.flush0();
    }

    private boolean takesMore() {
      return connection != null && broken == null && connection.takesMore();
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
