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
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.socket.Endpoint;
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
  private final StackSide onStack = new StackSide(this);

  // Read by any thread.

  private volatile boolean open = true;
  private volatile boolean active;
  private volatile boolean attached;
  private volatile boolean settled;
  private volatile boolean inputShutdown;
  private volatile boolean outputShutdown;
  private volatile InetSocketAddress local;
  private volatile InetSocketAddress remote;

  // The same of a connection on the stack, as long as nobody has asked: see InetAddresses.pack.
  private volatile long packedLocal;
  private volatile long packedRemote;

  private volatile ConnectionView view;

  // On the loop only.
  private SocketSide side = onStack;

  /** The kernel's socket that the channel was made with, or null. */
  private final KernelSocket<SocketChannel> reserve;

  private IoRegistration registration;
  private ChannelPromise connectPromise;
  private InetSocketAddress connectAddress;
  private Linger linger;

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
    onStack.adopt(connection);
    packedLocal = InetAddresses.pack(connection.local());
    packedRemote = InetAddresses.pack(connection.remote());
    active = true;
    config.inherit(connection);
    view = ConnectionView.of(connection, core);
  }

  /** The connection on the stack, or null before and after. On the loop. */
  TcpConnection connection() {
    return onStack.connection();
  }

  /** Who has the connection, or will have it as things are. On the loop. */
  SocketSide side() {
    return side;
  }

  /** The side that the stack is; without a connection, if it isn't there. Any thread. */
  StackSide onStack() {
    return onStack;
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
    InetSocketAddress known = local;
    if (known == null && packedLocal != 0) {
      known = InetAddresses.unpack(packedLocal);
      local = known;
    }
    return known;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    InetSocketAddress known = remote;
    if (known == null && packedRemote != 0) {
      known = InetAddresses.unpack(packedRemote);
      remote = known;
    }
    return known;
  }

  @Override
  protected SocketAddress localAddress0() {
    return localAddress();
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return remoteAddress();
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

  @Override
  protected void doRegister(ChannelPromise promise) {
    side.arrive(eventLoop(), () -> register(promise));
  }

  private void register(ChannelPromise promise) {
    MosRegistration.request(eventLoop(), socketUnsafe(), promise, this::registered);
  }

  private void registered(IoRegistration registration) {
    this.registration = registration;
    attached = true; // before the options are read: see optionChanged()
    optionChanged(config::applyTo);
    side.registered();
    settled = home.core() != null;
  }

  @Override
  protected void doDeregister() {
    if (!attached) {
      return;
    }
    attached = false;
    side.deregistered();
    IoRegistration registration = this.registration;
    if (registration != null) {
      this.registration = null;
      registration.cancel();
    }
  }

  /** Passes a changed option on to the connection. Any thread. */
  void optionChanged(Consumer<TcpConnection> change) {
    if (attached) { // Otherwise the registration passes it on.
      onLoop(() -> side.change(change));
    }
  }

  // ---- Bind and connect ----

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    if (localAddress() != null) { // connecting and connected channels have an address too
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
    if (socket == null) {
      onStack.connect(place, local, to);
    } else {
      KernelSide inKernel = new KernelSide(this, socket);
      side = inKernel;
      inKernel.connect(local, to);
    }
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

  /** The stack has begun to connect. On the loop. */
  void connecting(TcpConnection connection, StackCore core) {
    view = ConnectionView.of(connection, core);
    settled = true;
  }

  /** Whether a connect is under way. On the loop. */
  boolean isConnecting() {
    return connectPromise != null;
  }

  /** The connection's local address is known. On the loop. */
  void knowLocal(InetSocketAddress address) {
    local = address;
  }

  /** The local address of the connection on the stack is known. On the loop. */
  void knowLocal(Endpoint endpoint) {
    packedLocal = InetAddresses.pack(endpoint);
    local = null; // where a port of the stack's choice was bound
  }

  /** There is a connection, unless the connect was cancelled or the channel closed. On the loop. */
  void connected(InetSocketAddress address) {
    if (connectPromise != null) {
      remote = address;
      socketUnsafe().becomeActive();
    }
  }

  /** As above, of a connection on the stack. */
  void connected(Endpoint endpoint) {
    if (connectPromise != null) {
      packedRemote = InetAddresses.pack(endpoint);
      socketUnsafe().becomeActive();
    }
  }

  /** There is no connection, for this reason, and the channel closes. On the loop. */
  void connectFailed(Throwable cause) {
    socketUnsafe().connectFailed(cause);
  }

  /** There is no connection, for this reason, and the channel closes. On the loop. */
  void connectFailed(TcpError error) {
    socketUnsafe().connectFailed(error);
  }

  /** A connection couldn't even be begun, and the channel closes. On the loop. */
  void connectRefused(Throwable cause) {
    socketUnsafe().connectRefused(cause);
  }

  // ---- Reading and writing ----

  @Override
  protected void doBeginRead() {
    side.beginRead();
  }

  /** Called when auto-read was turned off. Any thread. */
  void clearRead() {
    if (!attached) {
      return; // Nothing is read before registration, which starts from the option's new value.
    }
    EventLoop loop = eventLoop();
    if (loop.inEventLoop()) {
      side.clearRead();
    } else {
      loop.execute(() -> side.clearReadUnlessWanted());
    }
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    return SocketWriter.filter(message);
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws Exception {
    side.write(in);
  }

  /** Writes what is flushed, if it may be written. On the loop. */
  void flushNow() {
    socketUnsafe().flush0();
  }

  // ---- Half-closure ----

  boolean isInputShutdownByUser() {
    return inputShutdown;
  }

  void markInputShutdown() {
    inputShutdown = true;
  }

  void markOutputShutdown() {
    outputShutdown = true;
  }

  @Override
  public boolean isInputShutdown() {
    return inputShutdown || !active;
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShutdown || !active;
  }

  @Override
  protected void doShutdownOutput() throws IOException {
    side.shutdownOutput();
  }

  @Override
  void shutdownOutputOnLoop(ChannelPromise promise) {
    socketUnsafe().shutdownOutput(promise);
  }

  @Override
  void shutdownInputOnLoop(ChannelPromise promise) {
    side.shutdownInput(promise);
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

  private void releaseConnection() {
    if (reserve != null && side == onStack) {
      reserve.close();
    }
    side.close();
  }

  /** A close that waits needn't wait any longer. On the loop. */
  void endLinger() {
    if (linger != null) {
      linger.expire();
    }
  }

  /** Closes the channel, because of the given error if there is one. */
  void closeAfter(IOException cause) {
    socketUnsafe().closeAfter(cause);
  }

  /** Called by Netty and TCP, on the loop. */
  private final class SocketUnsafe extends AbstractUnsafe implements MosIoHandle {
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
        writeEarly();
      } catch (Throwable t) {
        promise.tryFailure(annotate(t, remoteAddress));
        closeIfClosed();
      }
    }

    /** Lets what was written before the connect go into the SYN (TCP_FASTOPEN_CONNECT). */
    private void writeEarly() throws IOException {
      ChannelOutboundBuffer written = outboundBuffer();
      if (config.isTcpFastOpenConnect() && written != null) {
        onStack.writeIntoSyn(written);
      }
    }

    private void becomeActive() {
      ChannelPromise promise = connectPromise;
      connectPromise = null;
      connectAddress = null;
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

    private void connectFailed(TcpError error) {
      IOException cause =
          SocketErrors.connecting(error, connectAddress, config.getConnectTimeoutMillis());
      connectFailed(annotate(explained(cause), connectAddress));
    }

    private void connectFailed(Throwable cause) {
      ChannelPromise promise = connectPromise;
      connectPromise = null;
      promise.tryFailure(cause);
      close(voidPromise());
    }

    private void connectRefused(Throwable cause) {
      ChannelPromise promise = connectPromise;
      Throwable explained = explained(cause); // while there is a registration
      connectPromise = null;
      doClose();
      if (promise != null) {
        promise.tryFailure(annotate(explained, connectAddress));
      }
      closeIfClosed();
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

    /** Waits while a connect is under way, and while the send buffer is full. */
    @Override
    protected void flush0() {
      if (connectPromise == null && side.takesMore()) {
        super.flush0();
      }
    }

    @Override
    protected Executor prepareToClose() {
      int seconds = config.getSoLinger();
      linger = active && seconds > 0 ? side.linger(seconds) : null;
      return linger;
    }

    @Override
    public Channel channel() {
      return MosSocketChannel.this;
    }

    @Override
    public void closeNow() {
      endLinger();
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
