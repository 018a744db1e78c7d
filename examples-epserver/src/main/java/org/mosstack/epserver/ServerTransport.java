package org.mosstack.epserver;

import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The transport that {@link EpserverCommand} runs over.
 *
 * @param group the event loops
 * @param channels creates server channels for these loops
 * @param bindPerLoop whether each loop listens by itself
 * @param closer shuts down the group and frees what is under it; called once, may block
 */
public record ServerTransport(
    EventLoopGroup group,
    ChannelFactory<? extends ServerChannel> channels,
    boolean bindPerLoop,
    Runnable closer)
    implements AutoCloseable {

  /** Opens a transport as the command line and epserver.conf specify it. */
  @FunctionalInterface
  public interface Opener {
    /**
     * Opens the transport.
     *
     * @param mosConf the {@code mos.conf}
     * @param coreLimit how many cores to use at most; 0 for all that {@code mosConf} names
     * @param allowOversubscribe whether more loops than CPUs may be started
     * @return the transport, for the caller to close
     * @throws org.mosstack.config.ConfigException it can't be started as configured
     */
    ServerTransport open(Path mosConf, int coreLimit, boolean allowOversubscribe);
  }

  /** Checks that all are there. */
  public ServerTransport {
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(channels, "channels");
    Objects.requireNonNull(closer, "closer");
  }

  @Override
  public void close() {
    closer.run();
  }
}
