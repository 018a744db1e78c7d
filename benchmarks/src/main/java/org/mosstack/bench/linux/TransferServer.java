package org.mosstack.bench.linux;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.mosstack.MosStack;
import org.mosstack.config.MosConfig;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.MosChannelOption;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.socket.CongestionAlgorithm;

/**
 * Sends or receives what clients request, on one loop, until killed: {@code TransferServer linux}
 * over the kernel, {@code TransferServer ADDRESS/PREFIX INTERFACE BUFFER-BYTES} over this project
 * on CPU 0 and a kernel interface.
 */
public final class TransferServer {
  private static final String KERNEL = "linux";

  private TransferServer() {}

  /** Serves. */
  public static void main(String[] args) throws InterruptedException {
    ServerBootstrap bootstrap = new ServerBootstrap();
    if (args[0].equals(KERNEL)) {
      bootstrap
          .group(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))
          .channel(EpollServerSocketChannel.class);
    } else {
      MosStack stack = MosStack.builder(config(args[0], args[1], args[2])).start();
      bootstrap
          .group(new MosEventLoopGroup(stack, IdleStrategy.BUSY))
          .channel(MosServerSocketChannel.class);
      if (hasCongestionControl()) {
        bootstrap.childOption(MosChannelOption.TCP_CONGESTION, Endpoint.CONGESTION_CONTROL);
      } else {
        System.err.println("this project has no " + Endpoint.CONGESTION_CONTROL);
      }
    }
    bootstrap
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                Endpoint.tune(channel);
                if (channel instanceof EpollSocketChannel) {
                  channel
                      .config()
                      .setOption(Endpoint.congestionOption(), Endpoint.congestionValue());
                }
                channel.pipeline().addLast(new Transfer());
              }
            })
        .bind(Endpoint.PORT)
        .sync();
    System.out.println("ready");
  }

  private static boolean hasCongestionControl() {
    return Stream.of(CongestionAlgorithm.values())
        .anyMatch(algorithm -> algorithm.id().equals(Endpoint.CONGESTION_CONTROL));
  }

  private static MosConfig config(String address, String netInterface, String bufferBytes) {
    String text =
        """
        application {
          type = end
          run = benchmark
          core_mask = 0x1
        }
        mos {
          max_concurrency = 1024
          max_num_buffers = 32768
          rmem_size = %3$s
          wmem_size = %3$s
          tcp_timeout = -1
          netdev {
            dpdk0 0x1 %1$s net_af_packet=iface=%2$s,framecnt=4096
          }
        }
        """
            .formatted(address, netInterface, bufferBytes);
    return MosConfig.parse("server.conf", text);
  }

  /** One connection. */
  private static final class Transfer extends ChannelInboundHandlerAdapter {
    private static final long REPORT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Endpoint.Source source = new Endpoint.Source();
    private int headerBytes;
    private byte direction;
    private long length;
    private long received;
    private long reportedNanos = System.nanoTime();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ByteBuf bytes = (ByteBuf) msg;
      while (headerBytes < Endpoint.HEADER_BYTES && bytes.isReadable()) {
        header(ctx, bytes.readByte());
      }
      received += bytes.readableBytes();
      bytes.release();
    }

    private void header(ChannelHandlerContext ctx, byte next) {
      if (headerBytes++ == 0) {
        direction = next;
      } else {
        length = length << Byte.SIZE | next & 0xFF;
      }
      if (headerBytes == Endpoint.HEADER_BYTES && direction == Endpoint.DOWN) {
        source.send(ctx.channel(), length);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (direction != Endpoint.UP) {
        return;
      }
      long now = System.nanoTime();
      if (received == length || now - reportedNanos >= REPORT_NANOS) {
        reportedNanos = now;
        ctx.writeAndFlush(ctx.alloc().directBuffer(Long.BYTES).writeLong(received));
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      source.more(ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // the client's time limit has passed
    }
  }
}
