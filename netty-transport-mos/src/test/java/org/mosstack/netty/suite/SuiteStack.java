package org.mosstack.netty.suite;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosIoHandler;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** The stack that Netty's test classes share in a JVM: two cores and 127.0.0.1. */
final class SuiteStack {
  /** On which loops the channels are, by the system property {@code mos.suite.loops}. */
  private enum Loops {
    /** The transport's own. */
    OWN,
    /** Those of a plain group of Netty's, which drive the stack. */
    PLAIN,
    /** NIO's, while others drive the stack. */
    FOREIGN,
    /** NIO's, where each channel has a socket of the kernel's in reserve, and uses it. */
    KERNEL,
    /** A group's part of those of the stack that the process shares. */
    SHARED
  }

  private static final Loops LOOPS =
      Loops.valueOf(System.getProperty("mos.suite.loops", "own").toUpperCase(Locale.ROOT));

  private static final int CORES = 2;
  private static final MosStack STACK = LOOPS == Loops.SHARED ? MosStack.shared() : start(CORES);
  private static final EventLoopGroup GROUP = group(STACK);

  private SuiteStack() {}

  /** Returns its loops, which live as long as the JVM. */
  static EventLoopGroup group() {
    return GROUP;
  }

  /** Returns the stack of {@link #group}. */
  static MosStack stack() {
    return STACK;
  }

  /** Whether the loops that drive stacks are this transport's own. */
  static boolean hasOwnLoops() {
    return LOOPS != Loops.PLAIN;
  }

  /** Returns separate loops that drive a stack, for a test that shuts them down. */
  static EventLoopGroup newDrivingGroup(int cores) {
    return LOOPS == Loops.PLAIN ? plain(start(cores)) : own(start(cores));
  }

  /** The loops for a stack's channels, on threads that keep no JVM alive. */
  static EventLoopGroup group(MosStack stack) {
    if (LOOPS == Loops.PLAIN) {
      return plain(stack);
    }
    if (stack.isShared()) {
      return new MosEventLoopGroup();
    }
    MosEventLoopGroup own = own(stack);
    return LOOPS == Loops.FOREIGN || LOOPS == Loops.KERNEL
        ? new MultiThreadIoEventLoopGroup(CORES, threads(), NioIoHandler.newFactory())
        : own;
  }

  /** What the error of a reset connection says. */
  static String resetText() {
    return LOOPS == Loops.KERNEL
        ? "Connection reset"
        : "Connection reset by peer"; // JDK's, Linux's
  }

  /** A client channel for a loop of the stack's {@link #group(MosStack)}. */
  static Channel newChannel(MosStack stack) {
    return LOOPS == Loops.KERNEL && stack == STACK
        ? new MosSocketChannel(stack, new NioSocketChannel(), _ -> false)
        : new MosSocketChannel(stack);
  }

  /** A server channel for such a loop. */
  static ServerChannel newServerChannel(MosStack stack) {
    return LOOPS == Loops.KERNEL && stack == STACK
        ? new MosServerSocketChannel(stack, new NioServerSocketChannel(), _ -> false)
        : new MosServerSocketChannel(stack);
  }

  private static MosEventLoopGroup own(MosStack stack) {
    return new MosEventLoopGroup(stack, threads());
  }

  private static EventLoopGroup plain(MosStack stack) {
    return new MultiThreadIoEventLoopGroup(
        stack.cores(), threads(), MosIoHandler.newFactory(stack));
  }

  private static ThreadFactory threads() {
    return new DefaultThreadFactory("suite", true);
  }

  private static MosStack start(int cores) {
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(cores))
            .set(MosKeys.MAX_CONCURRENCY, 10_000)
            .set(MosKeys.MAX_NUM_BUFFERS, 20_000)
            .set(MosKeys.RMEM_SIZE, 65_536)
            .set(MosKeys.WMEM_SIZE, 65_536)
            .build();
    return MosStack.builder(config)
        .allowOversubscribe(true)
        .device(WireHub.WIRE, new WireHub(new SplittableRandom(1)))
        .start();
  }
}
