package org.mosstack.grpc;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ManagedChannelRegistry;
import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.ServerRegistry;
import io.grpc.netty.NettyChannelBuilder;
import org.junit.jupiter.api.Test;

/** What gRPC makes of a target or a port, with this module on the class path. */
class ProvidersTest {
  private static void assertMoved(ManagedChannelBuilder<?> builder) {
    assertInstanceOf(MosChannelBuilder.class, builder);
  }

  private static ManagedChannelBuilder<?> insecure(String target) {
    return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create());
  }

  @Test
  void tcpIsMoved() {
    assertMoved(ManagedChannelBuilder.forAddress("10.0.0.1", 50_051));
    assertMoved(ManagedChannelBuilder.forTarget("dns:///example.com:50051"));
    assertMoved(ManagedChannelBuilder.forTarget("example.com"));
    assertMoved(insecure("example.com:50051"));
    assertInstanceOf(MosServerBuilder.class, ServerBuilder.forPort(50_051));
    assertInstanceOf(
        MosServerBuilder.class,
        Grpc.newServerBuilderForPort(50_051, InsecureServerCredentials.create()));
  }

  @Test
  void otherTargetsAreNot() {
    assertInstanceOf(NettyChannelBuilder.class, insecure("unix:///run/socket"));
    assertInstanceOf(NettyChannelBuilder.class, ManagedChannelBuilder.forTarget("xds:///service"));
    assertInstanceOf(NettyChannelBuilder.class, insecure("xds:///service"));
    assertInstanceOf(NettyChannelBuilder.class, insecure("google-c2p:///service"));
  }

  @Test
  void unknownCredentialsAreRefusedAsBefore() {
    ChannelCredentials channel =
        new ChannelCredentials() {
          @Override
          public ChannelCredentials withoutBearerTokens() {
            return this;
          }
        };
    var failure =
        assertThrows(
            ManagedChannelRegistry.ProviderNotFoundException.class,
            () -> Grpc.newChannelBuilder("example.com", channel));
    assertTrue(failure.getMessage().contains("Unsupported credential type"), failure.toString());
    ServerCredentials server = new ServerCredentials() {};
    var other =
        assertThrows(
            ServerRegistry.ProviderNotFoundException.class,
            () -> Grpc.newServerBuilderForPort(50_051, server));
    assertTrue(other.getMessage().contains("Unsupported credential type"), other.toString());
  }
}
