package org.mosstack.grpc;

import io.grpc.ForwardingServerBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import org.mosstack.netty.Mos;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;

/** A builder whose servers have loops of the shared stack. */
final class MosServerBuilder extends ForwardingServerBuilder<MosServerBuilder> {
  private final NettyServerBuilder netty;

  /** A builder that goes on with gRPC's. */
  MosServerBuilder(NettyServerBuilder netty) {
    this.netty = netty;
  }

  @Override
  protected ServerBuilder<?> delegate() {
    return netty;
  }

  @Override
  public Server build() {
    return Mos.orKernel(MosEventLoopGroup::daemon).map(this::build).orElseGet(netty::build);
  }

  private Server build(MosEventLoopGroup loops) {
    LoopLease lease = new LoopLease(loops);
    netty
        .channelType(MosServerSocketChannel.class)
        .bossEventLoopGroup(loops)
        .workerEventLoopGroup(loops);
    return lease.orEnd(() -> new LeasingServer(netty.build(), lease));
  }
}
