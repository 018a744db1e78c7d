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
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpListener;

/**
 * A listening TCP port of a {@link org.mosstack.MosStack} as a Netty channel.
 *
 * <p>One bind listens on every core of the stack; an accepted channel runs on the loop of the core
 * that its packets arrive at. With {@link MosChannelOption#SO_REUSEPORT}, a channel bound on each
 * loop accepts its own core's connections, with no hop between threads.
 *
 * <p>While nobody reads (auto-read off), connections stay in the backlog, of which each core has
 * its own. A close resets those that nobody accepted.
 */
public final class MosServerSocketChannel extends AbstractServerChannel
    implements ServerSocketChannel {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

  private final MosServerSocketChannelConfig config = new MosServerSocketChannelConfig(this);
  private final ServerAcceptor.ChannelFactory children;
  private final Object optionsLock = new Object();
  private volatile boolean open = true;
  private volatile boolean attached;
  private volatile TcpListener listener;
  private volatile InetSocketAddress local;

  // On the loop only.
  private ServerAcceptor acceptor;
  private IoRegistration registration;

  /** A server channel, not bound yet. */
  public MosServerSocketChannel() {
    this(MosSocketChannel::new);
  }

  /** A server channel, not bound yet, that creates its child channels with the given factory. */
  MosServerSocketChannel(ServerAcceptor.ChannelFactory children) {
    this.children = children;
  }

  @Override
  public Unsafe unsafe() {
    Unsafe unsafe = super.unsafe();
    return config == null || isRegistered() // null: called by the superclass's constructor
        ? unsafe
        : new RoutingUnsafe(this, unsafe, acceptor == null ? null : acceptor.loop(), true);
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
    return open && listener != null;
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

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return RoutingUnsafe.isOurs(loop) && (acceptor == null || acceptor.loop().loop() == loop);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    MosRegistration.request(
        eventLoop(),
        (ServerUnsafe) super.unsafe(),
        promise,
        made -> {
          registration = made;
          attached = true;
        });
  }

  @Override
  protected void doDeregister() {
    IoRegistration registration = this.registration;
    if (registration != null) {
      this.registration = null;
      attached = false;
      if (acceptor != null) {
        acceptor.clear();
      }
      registration.cancel();
    }
  }

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    if (listener != null) {
      throw SocketErrors.alreadyBound();
    }
    Endpoint endpoint = InetAddresses.toEndpoint(InetAddresses.checked(localAddress));
    CoreLoop loop = MosRegistration.loop(registration);
    acceptor = new ServerAcceptor(this, loop, children);
    TcpListener bound =
        loop.stack()
            .listen(
                endpoint,
                config.getBacklog(),
                config.socketOptions(),
                config.isReusePort() ? loop.core().index() : -1,
                acceptor);
    local = bound.local().toSocketAddress();
    listener = bound;
    optionsChanged(); // in case one was set meanwhile
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
    acceptor.beginRead();
  }

  /** Called when auto-read was turned off. Any thread. */
  void clearRead() {
    if (!attached) {
      return; // Nothing is accepted before registration, which starts from the option's new value.
    }
    EventLoop loop = eventLoop();
    if (!loop.inEventLoop()) {
      loop.execute(this::clearUnlessWanted);
    } else if (acceptor != null) {
      acceptor.clear();
    }
  }

  private void clearUnlessWanted() {
    if (acceptor != null) {
      acceptor.clearUnlessWanted();
    }
  }

  @Override
  protected void doClose() {
    open = false;
    TcpListener bound = listener;
    if (bound != null) {
      listener = null;
      bound.close();
      acceptor.close(bound);
    }
    doDeregister();
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
