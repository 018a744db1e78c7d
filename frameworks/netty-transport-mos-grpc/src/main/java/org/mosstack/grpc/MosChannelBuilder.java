package org.mosstack.grpc;

import io.grpc.ForwardingChannelBuilder2;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;
import org.mosstack.netty.Mos;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosSocketChannel;

/** A builder whose channels have loops of the shared stack. */
final class MosChannelBuilder extends ForwardingChannelBuilder2<MosChannelBuilder> {
  private final NettyChannelBuilder netty;

  /** A builder that goes on with gRPC's. */
  MosChannelBuilder(NettyChannelBuilder netty) {
    this.netty = netty;
  }

  @Override
  protected ManagedChannelBuilder<?> delegate() {
    return netty;
  }

  @Override
  public ManagedChannel build() {
    return Mos.orKernel(MosEventLoopGroup::daemon).map(this::build).orElseGet(netty::build);
  }

  private ManagedChannel build(MosEventLoopGroup loops) {
    LoopLease lease = new LoopLease(loops);
    netty.channelType(MosSocketChannel.class, InetSocketAddress.class).eventLoopGroup(loops);
    return lease.orEnd(() -> new LeasingChannel(netty.build(), lease));
  }
}
