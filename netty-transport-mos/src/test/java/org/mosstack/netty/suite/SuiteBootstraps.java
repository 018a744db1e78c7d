package org.mosstack.netty.suite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import java.util.List;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** What Netty's test classes run with: this transport's channels. */
final class SuiteBootstraps {
  private SuiteBootstraps() {}

  /** Server and client in one stack, over its loopback device. */
  static List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> sockets() {
    return List.of(
        new BootstrapComboFactory<>() {
          @Override
          public ServerBootstrap newServerInstance() {
            return server(SuiteStack.group());
          }

          @Override
          public Bootstrap newClientInstance() {
            return client(SuiteStack.group());
          }
        });
  }

  /** Clients whose peer is the kernel. */
  static List<BootstrapFactory<Bootstrap>> clientsOfKernel() {
    return List.of(() -> client(KernelLink.get().group()));
  }

  /** Servers whose peer is the kernel. */
  static List<BootstrapFactory<ServerBootstrap>> serversOfKernel() {
    return List.of(() -> server(KernelLink.get().group()));
  }

  /** Clients that need no peer, or bring their own. */
  static List<BootstrapFactory<Bootstrap>> clients() {
    return List.of(() -> client(SuiteStack.group()));
  }

  /** Servers that bring their own clients. */
  static List<BootstrapFactory<ServerBootstrap>> servers() {
    return List.of(() -> server(SuiteStack.group()));
  }

  private static ServerBootstrap server(EventLoopGroup group) {
    return new ServerBootstrap().group(group).channel(MosServerSocketChannel.class);
  }

  private static Bootstrap client(EventLoopGroup group) {
    return new Bootstrap().group(group).channel(MosSocketChannel.class);
  }
}
