package org.mosstack.epwget;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The transport that {@link EpwgetCommand} runs over.
 *
 * @param group the event loops
 * @param channels creates client channels for these loops
 * @param timeout the time limit where the command line gives none; zero for no limit
 * @param closer shuts down the group and frees what is under it; called once, may block
 */
public record ClientTransport(
    EventLoopGroup group,
    ChannelFactory<? extends Channel> channels,
    Duration timeout,
    Runnable closer)
    implements AutoCloseable {
  /** Opens a transport as the command line specifies it. */
  @FunctionalInterface
  public interface Opener {
    /**
     * Opens the transport.
     *
     * @param mosConf the {@code mos.conf}
     * @param coreLimit how many cores to use at most; 0 for all that {@code mosConf} names
     * @param allowOversubscribe whether more loops than CPUs may be started
     * @throws org.mosstack.config.ConfigException if it can't be started as configured
     */
    ClientTransport open(Path mosConf, int coreLimit, boolean allowOversubscribe);
  }

  @Override
  public void close() {
    closer.run();
  }
}
