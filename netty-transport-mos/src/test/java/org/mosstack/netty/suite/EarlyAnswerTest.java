package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;

/**
 * A server that answers an upload before having read it all, and closes: its stack resets the
 * connection because of unread data. The client must still get the whole answer.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EarlyAnswerTest {
  private static final int CLIENTS = 20;
  private static final int ANSWER_BYTES = 5000;
  private static final int UPLOAD_BYTES = 4 << 20;
  private static final long TIMEOUT_SECONDS = 60;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oursToOurs(boolean autoRead) throws Exception {
    EventLoopGroup group = SuiteStack.group();
    MosStack stack = SuiteStack.stack();
    Channel listening = server(group, stack, new InetSocketAddress("127.0.0.1", 0));
    for (int i = 0; i < CLIENTS; i++) {
      assertEquals(ANSWER_BYTES, answerTo(group, stack, listening.localAddress(), autoRead));
    }
    listening.close().sync();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void kernelsToOurs(boolean autoRead) throws Exception {
    EventLoopGroup group = KernelLink.get().group();
    MosStack stack = KernelLink.get().stack();
    try (ServerSocket listening = new ServerSocket()) {
      listening.bind(KernelLink.kernelAddress());
      for (int i = 0; i < CLIENTS; i++) {
        Promise<Integer> answer = upload(group, stack, listening.getLocalSocketAddress(), autoRead);
        Socket accepted = listening.accept();
        readSome(accepted.getInputStream());
        accepted.getOutputStream().write(new byte[ANSWER_BYTES]);
        accepted.close();
        assertEquals(ANSWER_BYTES, await(answer));
      }
    }
  }

  @Test
  void oursToKernels() throws Exception {
    Channel listening =
        server(KernelLink.get().group(), KernelLink.get().stack(), KernelLink.stackAddress());
    for (int i = 0; i < CLIENTS; i++) {
      try (Socket client = new Socket()) {
        client.connect(listening.localAddress());
        writeUntilReset(client);
        byte[] answer = new byte[ANSWER_BYTES];
        assertEquals(ANSWER_BYTES, client.getInputStream().readNBytes(answer, 0, answer.length));
      }
    }
    listening.close().sync();
  }

  private static void writeUntilReset(Socket client) {
    try {
      client.getOutputStream().write(new byte[UPLOAD_BYTES]);
    } catch (IOException _) {
      // reset meanwhile: the answer has arrived
    }
  }

  private static void readSome(InputStream in) throws IOException {
    assertTrue(in.read(new byte[100]) > 0);
  }

  private static Channel server(EventLoopGroup group, MosStack stack, InetSocketAddress address)
      throws InterruptedException {
    return SuiteBootstraps.server(group, stack)
        .childOption(ChannelOption.AUTO_READ, false)
        .childHandler(initializer(Answering::new))
        .bind(address)
        .sync()
        .channel();
  }

  private static int answerTo(
      EventLoopGroup group, MosStack stack, SocketAddress to, boolean autoRead) throws Exception {
    return await(upload(group, stack, to, autoRead));
  }

  private static int await(Promise<Integer> answer) throws Exception {
    assertTrue(answer.await(TIMEOUT_SECONDS, TimeUnit.SECONDS), "timed out");
    return answer.get();
  }

  /** Starts a client; the promise gets the number of bytes received until it became inactive. */
  private static Promise<Integer> upload(
      EventLoopGroup group, MosStack stack, SocketAddress to, boolean autoRead) {
    Promise<Integer> answer = ImmediateEventExecutor.INSTANCE.newPromise();
    SuiteBootstraps.client(group, stack)
        .option(ChannelOption.AUTO_READ, autoRead)
        .handler(initializer(() -> new Uploading(answer)))
        .connect(to);
    return answer;
  }

  private static ChannelHandler initializer(Supplier<? extends ChannelHandler> handler) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(handler.get());
      }
    };
  }

  /** Answers the first bytes, and closes once the answer is written. */
  private static final class Answering extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ((ByteBuf) msg).release();
      ctx.writeAndFlush(Unpooled.directBuffer().writeZero(ANSWER_BYTES))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Sends more than all buffers hold, and counts what arrives. */
  private static final class Uploading extends ChannelInboundHandlerAdapter {
    private final Promise<Integer> answer;
    private int bytes;

    Uploading(Promise<Integer> answer) {
      this.answer = answer;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(Unpooled.directBuffer().writeZero(UPLOAD_BYTES));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      bytes += ((ByteBuf) msg).readableBytes();
      ((ByteBuf) msg).release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // the reset, which follows the answer
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      answer.setSuccess(bytes);
    }
  }
}
