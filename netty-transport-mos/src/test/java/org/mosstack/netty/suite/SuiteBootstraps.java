package org.mosstack.netty.suite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import java.util.List;
import org.mosstack.MosStack;

/** What Netty's test classes run with: this transport's channels. */
final class SuiteBootstraps {
  private SuiteBootstraps() {}

  /** Server and client in one stack, over its loopback device. */
  static List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> sockets() {
    return List.of(
        new BootstrapComboFactory<>() {
          @Override
          public ServerBootstrap newServerInstance() {
            return server(SuiteStack.group(), SuiteStack.stack());
          }

          @Override
          public Bootstrap newClientInstance() {
            return client(SuiteStack.group(), SuiteStack.stack());
          }
        });
  }

  /** Clients whose peer is the kernel. */
  static List<BootstrapFactory<Bootstrap>> clientsOfKernel() {
    return List.of(() -> client(KernelLink.get().group(), KernelLink.get().stack()));
  }

  /** Servers whose peer is the kernel. */
  static List<BootstrapFactory<ServerBootstrap>> serversOfKernel() {
    return List.of(() -> server(KernelLink.get().group(), KernelLink.get().stack()));
  }

  /** Clients that need no peer, or bring their own. */
  static List<BootstrapFactory<Bootstrap>> clients() {
    return List.of(() -> client(SuiteStack.group(), SuiteStack.stack()));
  }

  /** Servers that bring their own clients. */
  static List<BootstrapFactory<ServerBootstrap>> servers() {
    return List.of(() -> server(SuiteStack.group(), SuiteStack.stack()));
  }

  /** A server on a stack. */
  static ServerBootstrap server(EventLoopGroup group, MosStack stack) {
    return new ServerBootstrap()
        .group(group)
        .channelFactory(() -> SuiteStack.newServerChannel(stack));
  }

  /** A client on a stack. */
  static Bootstrap client(EventLoopGroup group, MosStack stack) {
    return new Bootstrap().group(group).channelFactory(() -> SuiteStack.newChannel(stack));
  }
}
