package org.mosstack.bench.linux;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.mosstack.bench.report.Figure;

/**
 * Measures transfers from and to servers, over the kernel: {@code TransferClient LINK MEGABYTES
 * LIMIT-SECONDS RUNS MIDDLE PER-MILLES SERVER...}. A server is {@code NAME=ADDRESS=PID}; as a loop
 * that never sleeps would take CPU time from another server's transfer, each is stopped while
 * another is measured. {@code MIDDLE} is the namespace where packets are lost, {@code PER-MILLES}
 * how many per thousand in each direction.
 */
public final class TransferClient {
  private static final double MEGA = 1e6;
  private static final int WARM_UP_RUNS = 3;

  /** A server, whose process may be stopped. */
  private record Server(String name, String address, String pid) {
    static Server of(String text) {
      String[] parts = text.split("=");
      return new Server(parts[0], parts[1], parts[2]);
    }

    void signal(String signal) throws IOException, InterruptedException {
      TransferClient.run("kill", "-" + signal, pid);
    }
  }

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final String link;
  private final int megabytes;
  private final int limitSeconds;
  private final int runs;
  private final List<Server> servers = new ArrayList<>();

  private TransferClient(String link, int megabytes, int limitSeconds, int runs) {
    this.link = link;
    this.megabytes = megabytes;
    this.limitSeconds = limitSeconds;
    this.runs = runs;
  }

  /** Measures and keeps the figures. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    TransferClient client =
        new TransferClient(
            args[0],
            Integer.parseInt(args[1]),
            Integer.parseInt(args[2]),
            Integer.parseInt(args[3]));
    for (int i = 6; i < args.length; i++) {
      client.servers.add(Server.of(args[i]));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(client::resume));
    try {
      client.measure(new Middle(args[4]), args[5].split(","));
    } finally {
      client.group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  private void measure(Middle middle, String... perMilles)
      throws IOException, InterruptedException, ExecutionException {
    for (Server server : servers) {
      server.signal("STOP");
    }
    middle.lose(0);
    for (int i = 0; i < WARM_UP_RUNS; i++) {
      round(null);
    }
    for (String lost : perMilles) {
      int perMille = Integer.parseInt(lost);
      middle.lose(perMille);
      String column = String.format(Locale.ROOT, "%s %% lost, MB/s", percent(perMille));
      for (int i = 0; i < runs; i++) {
        round(column);
      }
    }
  }

  /** Lets the servers go on, however this JVM ends: stopped, they would take no note of SIGTERM. */
  private void resume() {
    for (Server server : servers) {
      try {
        server.signal("CONT");
      } catch (IOException e) {
        System.err.println(e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String percent(int perMille) {
    return perMille % 10 == 0
        ? Integer.toString(perMille / 10)
        : String.format(Locale.ROOT, "%.1f", perMille / 10.0);
  }

  static void run(String... command) throws IOException, InterruptedException {
    int result = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (result != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + result);
    }
  }

  /** Makes a transfer in each direction with each server. */
  private void round(String column) throws IOException, InterruptedException, ExecutionException {
    for (byte direction : new byte[] {Endpoint.DOWN, Endpoint.UP}) {
      for (Server server : servers) {
        server.signal("CONT");
        double rate = transfer(server, direction);
        server.signal("STOP");
        if (column != null) {
          String way = direction == Endpoint.DOWN ? "Sent to Linux by" : "Received from Linux by";
          String table = "%s, %s, %d MB".formatted(way, link, megabytes);
          new Figure(table, server.name, column, rate).keep();
        }
      }
    }
  }

  /** Returns the megabytes delivered per second. */
  private double transfer(Server server, byte direction)
      throws InterruptedException, ExecutionException {
    Transfer transfer = new Transfer(direction, (long) (megabytes * MEGA), limitSeconds);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group)
            .channel(EpollSocketChannel.class)
            .option(Endpoint.congestionOption(), Endpoint.congestionValue())
            .option(ChannelOption.SO_LINGER, 0) // data in flight is dropped at the time limit
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(transfer);
                  }
                });
    Endpoint.tune(bootstrap);
    Channel channel = bootstrap.connect(server.address, Endpoint.PORT).sync().channel();
    double rate = transfer.rate.get();
    channel.close().sync();
    return rate;
  }

  /** One connection. */
  private static final class Transfer extends ChannelInboundHandlerAdapter {
    final CompletableFuture<Double> rate = new CompletableFuture<>();
    private final Endpoint.Source source = new Endpoint.Source();
    private final byte direction;
    private final long length;
    private final int limitSeconds;
    private long startNanos;
    private long delivered;
    private long reported;
    private int reportBytes;

    Transfer(byte direction, long length, int limitSeconds) {
      this.direction = direction;
      this.length = length;
      this.limitSeconds = limitSeconds;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      startNanos = System.nanoTime();
      ByteBuf header = ctx.alloc().directBuffer(Endpoint.HEADER_BYTES);
      ctx.writeAndFlush(header.writeByte(direction).writeLong(length));
      if (direction == Endpoint.UP) {
        source.send(ctx.channel(), length);
      }
      ctx.executor().schedule(this::end, limitSeconds, TimeUnit.SECONDS);
    }

    private void end() {
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      rate.complete(delivered / MEGA / seconds);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ByteBuf bytes = (ByteBuf) msg;
      if (direction == Endpoint.DOWN) {
        delivered += bytes.readableBytes();
      } else {
        while (bytes.isReadable()) {
          report(bytes.readByte());
        }
      }
      bytes.release();
      if (delivered == length) {
        end();
      }
    }

    private void report(byte next) {
      reported = reported << Byte.SIZE | next & 0xFF;
      reportBytes++;
      if (reportBytes % Long.BYTES == 0) {
        delivered = reported;
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      source.more(ctx.channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      rate.completeExceptionally(new IOException("the connection ended too soon"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      rate.completeExceptionally(cause);
    }
  }
}
