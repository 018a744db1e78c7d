package org.mosstack.netty;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.socket.ServerSocketChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Predicate;
import org.mosstack.MosStack;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpListener;

/**
 * A listening TCP port of a {@link org.mosstack.MosStack} as a Netty channel.
 *
 * <p>One bind listens on every core of the stack. If the accepted channels are given to a group
 * with the loops that drive the cores, each runs on the loop of the core that its packets arrive
 * at; otherwise, it runs on the loop that it is given to, and its connection on another thread.
 * With {@link MosChannelOption#SO_REUSEPORT}, a channel bound on each loop accepts its own core's
 * connections, with no hop between threads.
 *
 * <p>While nobody reads (auto-read off), connections stay in the backlog, of which each core has
 * its own. A close resets those that nobody accepted.
 */
public final class MosServerSocketChannel extends AbstractServerChannel
    implements ServerSocketChannel {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

  /** How many ports are tried that the stack has, and the kernel may not. */
  private static final int PORT_CHOICES = 16;

  private final MosServerSocketChannelConfig config = new MosServerSocketChannelConfig(this);
  private final MosStack stack;
  private final ServerAcceptor.ChannelFactory children;
  private final Object optionsLock = new Object();
  private volatile boolean open = true;
  private volatile boolean attached;
  private volatile TcpListener listener;
  private volatile InetSocketAddress local;

  /** The kernel's socket that the channel was made with, or null. */
  private final KernelSocket<ServerSocketChannel> reserve;

  // On the loop only.

  /** Null as long as the channel doesn't listen on the stack. */
  private ServerAcceptor acceptor;

  /** Null unless the channel listens in the kernel. */
  private KernelListener kernel;

  /** Whether the user wants a connection that hasn't come. */
  private boolean readPending;

  private IoRegistration registration;

  /** A server channel, not bound yet, of the stack that its loop drives. */
  public MosServerSocketChannel() {
    this((MosStack) null);
  }

  /**
   * A server channel, not bound yet.
   *
   * @param stack where it will listen; null for that which its loop drives
   */
  public MosServerSocketChannel(MosStack stack) {
    this(stack, (KernelSocket<ServerSocketChannel>) null, MosSocketChannel::new);
  }

  /**
   * A server channel, not bound yet, that chooses between a stack and the kernel when it binds.
   * Where all addresses or those of the loopback are meant, which both have, it listens on both.
   * What the kernel accepts are channels of the other transport's. Options are those of either.
   *
   * @param stack where it may listen
   * @param kernel a server channel of another transport's for the kernel's side, neither registered
   *     nor used otherwise; of a kind that the loop serves to which this channel is given
   * @param onStack whether the stack has a local address; on the channel's loop
   */
  public MosServerSocketChannel(
      MosStack stack, ServerSocketChannel kernel, Predicate<InetSocketAddress> onStack) {
    this(stack, new KernelSocket<>(kernel, onStack), MosSocketChannel::new);
  }

  /** A server channel, not bound yet, that creates its child channels with the given factory. */
  MosServerSocketChannel(ServerAcceptor.ChannelFactory children) {
    this(null, (KernelSocket<ServerSocketChannel>) null, children);
  }

  private MosServerSocketChannel(
      MosStack stack,
      KernelSocket<ServerSocketChannel> reserve,
      ServerAcceptor.ChannelFactory children) {
    this.stack = stack;
    this.reserve = reserve;
    this.children = children;
  }

  /** The kernel's socket that the channel was made with; null if there was none. Any thread. */
  KernelSocket<ServerSocketChannel> reserve() {
    return reserve;
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new ServerUnsafe();
  }

  @Override
  public MosServerSocketChannelConfig config() {
    return config;
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
    return open && local != null;
  }

  @Override
  public InetSocketAddress localAddress() {
    return local;
  }

  @Override
  protected SocketAddress localAddress0() {
    return local;
  }

  /** Null: a server channel has none. */
  @Override
  public InetSocketAddress remoteAddress() {
    return null;
  }

  /** Any loop, until the channel is bound: then it stays on its own. */
  @Override
  protected boolean isCompatible(EventLoop loop) {
    return local == null || eventLoop() == loop;
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    MosRegistration.request(
        eventLoop(),
        (ServerUnsafe) unsafe(),
        promise,
        made -> {
          registration = made;
          attached = true;
        });
  }

  @Override
  protected void doDeregister() {
    if (!attached) {
      return;
    }
    attached = false;
    if (open) {
      clear();
    }
    IoRegistration registration = this.registration;
    if (registration != null) {
      this.registration = null;
      registration.cancel();
    }
  }

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    if (local != null) {
      throw SocketErrors.alreadyBound();
    }
    InetSocketAddress address = InetAddresses.checked(localAddress);
    if (reserve == null) {
      local = bindStack(address);
    } else {
      local = bindEither(address);
    }
    optionsChanged(); // in case one was set meanwhile
  }

  /** Listens where the address is: on the stack, in the kernel, or, if both have it, on both. */
  private InetSocketAddress bindEither(InetSocketAddress address) throws IOException {
    if (!reserve.isOnStack(address)) {
      return bindKernel(address);
    }
    if (address.getAddress().isAnyLocalAddress() || address.getAddress().isLoopbackAddress()) {
      return bindBoth(address);
    }
    InetSocketAddress bound = bindStack(address);
    reserve.decline();
    return bound;
  }

  /** If the stack is to choose the port, it chooses until it has one that the kernel has, too. */
  private InetSocketAddress bindBoth(InetSocketAddress address) throws IOException {
    for (int choices = address.getPort() == 0 ? PORT_CHOICES : 1; ; choices--) {
      int port = bindStack(address).getPort();
      try {
        return bindKernel(new InetSocketAddress(address.getAddress(), port));
      } catch (IOException e) {
        closeListener();
        if (choices == 1) {
          throw e;
        }
      }
    }
  }

  private InetSocketAddress bindKernel(InetSocketAddress address) throws IOException {
    if (kernel == null) {
      kernel = new KernelListener(this, reserve.channel());
    }
    return kernel.bind(address);
  }

  private InetSocketAddress bindStack(InetSocketAddress address) throws IOException {
    Endpoint endpoint = InetAddresses.toEndpoint(address);
    Place place = Place.of(stack, registration);
    acceptor = new ServerAcceptor(this, place.stack(), eventLoop(), place.nearCore(), children);
    listener = listen(place, endpoint);
    InetSocketAddress bound = listener.local().toSocketAddress();
    if (reserve == null) { // else the kernel listens as well
      LoopbackOnly.serves(place.stack(), bound);
    }
    return bound;
  }

  private TcpListener listen(Place place, Endpoint endpoint) throws IOException {
    if (!config.isReusePort()) {
      return listen(place.stack(), endpoint, -1);
    }
    if (place.nearCore() != null) {
      return listen(place.stack(), endpoint, place.nearCore().index());
    }
    // Each of these channels takes the flows of one core, until all are taken.
    BindException taken = null;
    for (int core = 0; core < place.stack().cores(); core++) {
      try {
        return listen(place.stack(), endpoint, core);
      } catch (BindException e) {
        taken = e;
      }
    }
    throw taken;
  }

  private TcpListener listen(MosStack stack, Endpoint endpoint, int reusePortCore)
      throws IOException {
    return stack.listen(
        endpoint, config.getBacklog(), config.socketOptions(), reusePortCore, acceptor);
  }

  /** Called when an option was set: later connections start with it. Any thread. */
  void optionsChanged() {
    synchronized (optionsLock) { // the last to come must see all changes
      TcpListener bound = listener;
      if (bound != null) {
        bound.options(config.socketOptions());
      }
    }
  }

  @Override
  protected void doBeginRead() {
    readPending = true;
    if (acceptor != null) {
      acceptor.beginRead();
    }
    if (kernel != null) {
      kernel.read();
    }
  }

  /** Called when auto-read was turned off. Any thread. */
  void clearRead() {
    if (!attached) {
      return; // Nothing is accepted before registration, which starts from the option's new value.
    }
    EventLoop loop = eventLoop();
    if (!loop.inEventLoop()) {
      loop.execute(this::clearUnlessWanted);
      return;
    }
    clear();
  }

  private void clear() {
    readPending = false;
    if (acceptor != null) {
      acceptor.clear();
    }
    if (kernel != null) {
      kernel.clearRead();
    }
  }

  /** A connection goes into the pipeline, from one side or the other. */
  void readAnswered() {
    readPending = false;
  }

  /** Lets neither side bring a connection, unless the user wants one. */
  void clearUnlessWanted() {
    if (!readPending && !config.isAutoRead()) {
      clear();
    }
  }

  @Override
  protected void doClose() {
    open = false;
    closeListener();
    if (kernel != null) {
      kernel.close();
    } else if (reserve != null) {
      reserve.close();
    }
    doDeregister();
  }

  private void closeListener() {
    TcpListener bound = listener;
    if (bound != null) {
      listener = null;
      bound.close();
      acceptor.close(bound);
    }
  }

  private final class ServerUnsafe extends AbstractUnsafe implements MosIoHandle {
    @Override
    public void connect(
        SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
      promise.tryFailure(new UnsupportedOperationException("a server channel doesn't connect"));
    }

    @Override
    public void close() {
      close(voidPromise());
    }

    @Override
    public Channel channel() {
      return MosServerSocketChannel.this;
    }

    @Override
    public void closeNow() {
      // A server channel's close never waits.
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      throw new UnsupportedOperationException("TCP's events don't come through the loop");
    }
  }
}
