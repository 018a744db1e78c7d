package org.mosstack.frameworks;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.frameworks.grpc.proto.GreetRequest;
import org.mosstack.frameworks.grpc.proto.GreeterGrpc;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** A gRPC server and its client over one stack. */
public final class GrpcExample {
  private GrpcExample() {}

  /** Returns a server builder over a group's stack. */
  static NettyServerBuilder server(EventLoopGroup group, int port) {
    return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
        .channelType(MosServerSocketChannel.class)
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group);
  }

  /** Returns a client builder over a group's stack. */
  static NettyChannelBuilder client(EventLoopGroup group, int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .channelType(MosSocketChannel.class)
        .eventLoopGroup(group);
  }

  /**
   * Greets, and prints the greetings.
   *
   * @param args names
   * @throws IOException if the port can't be bound
   * @throws InterruptedException if interrupted
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    MosStack stack = Stacks.loopback(2);
    EventLoopGroup group = new MosEventLoopGroup(stack);
    Server server = server(group, 0).addService(new GreeterService()).build().start();
    ManagedChannel channel = client(group, server.getPort()).usePlaintext().build();
    GreeterGrpc.GreeterBlockingStub greeter = GreeterGrpc.newBlockingStub(channel);
    for (String name : args) {
      GreetRequest request = GreetRequest.newBuilder().setName(name).build();
      System.out.println(greeter.greet(request).getGreeting());
    }
    channel.shutdown().awaitTermination(5, TimeUnit.SECONDS);
    server.shutdown().awaitTermination(5, TimeUnit.SECONDS);
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
