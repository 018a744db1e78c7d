package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.ServerSocketSuspendTest;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/**
 * Netty's test of the same name, which Netty has disabled everywhere. The clients are kernel
 * sockets. Netty's test connects them one by one, while nothing is accepted, and expects them all
 * to succeed late: a backlog of 1 doesn't let ten connect. Here they connect concurrently, and
 * those for which the backlog has no room succeed once it is emptied.
 */
class MosServerSocketSuspendTest extends ServerSocketSuspendTest {
  private static final int CLIENTS = 10;
  private static final int BACKLOG = CLIENTS / 2;

  /** The kernel repeats unanswered SYNs after 1, 3 and 7 seconds. */
  private static final int CONNECT_TIMEOUT_MILLIS = 20_000;

  @Override
  protected List<BootstrapFactory<ServerBootstrap>> newFactories() {
    return SuiteBootstraps.serversOfKernel();
  }

  @Override
  protected SocketAddress newSocketAddress() {
    return KernelLink.stackAddress();
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  @Override
  public void testSuspendAndResumeAccept(TestInfo testInfo) throws Throwable {
    run(testInfo, this::testSuspendAndResumeAccept);
  }

  @Override
  public void testSuspendAndResumeAccept(ServerBootstrap bootstrap) throws Throwable {
    Acceptances acceptances = new Acceptances();
    bootstrap.option(ChannelOption.SO_BACKLOG, BACKLOG).option(ChannelOption.AUTO_READ, false);
    Channel server = bootstrap.childHandler(acceptances).bind().sync().channel();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Socket>> suspended = connect(threads, server);
      assertEquals(CLIENTS, acceptances.latch.getCount(), "accepted while suspended");

      server.config().setAutoRead(true);
      assertTrue(acceptances.latch.await(CONNECT_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS));
      close(suspended);

      long start = System.nanoTime();
      close(connect(threads, server));
      assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(3), "resumed, but slow");
    } finally {
      server.close().sync();
    }
  }

  /** Connects the first one alone, so that it finds room, and the others concurrently. */
  private static List<Future<Socket>> connect(ExecutorService threads, Channel server)
      throws Exception {
    List<Future<Socket>> sockets = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      sockets.add(
          threads.submit(
              () -> {
                Socket socket = new Socket();
                socket.connect(server.localAddress(), CONNECT_TIMEOUT_MILLIS);
                return socket;
              }));
      if (i == 0) {
        sockets.getFirst().get();
      }
    }
    return sockets;
  }

  private static void close(List<Future<Socket>> sockets) throws Exception {
    for (Future<Socket> socket : sockets) {
      socket.get().close();
    }
  }

  @ChannelHandler.Sharable
  private static final class Acceptances extends ChannelInboundHandlerAdapter {
    private final CountDownLatch latch = new CountDownLatch(CLIENTS);

    @Override
    public void channelActive(ChannelHandlerContext context) {
      latch.countDown();
    }
  }
}
