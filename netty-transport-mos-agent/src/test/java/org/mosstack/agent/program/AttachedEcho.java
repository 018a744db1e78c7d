package org.mosstack.agent.program;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.MBeanServerNotification;

/** An application whose channels are made before and after the agent comes. */
public final class AttachedEcho {
  private AttachedEcho() {}

  /** Runs it, with the arguments of {@link Echo}. */
  public static void main(String[] arguments) throws Exception {
    Transport transport = Transport.valueOf(arguments[0]);
    EventLoopGroup group = transport.group();
    Channel before =
        new ServerBootstrap()
            .group(group)
            .channel(transport.server())
            .childHandler(new ChannelInboundHandlerAdapter())
            .bind(0)
            .sync()
            .channel();
    System.out.println("before " + before.getClass().getName());
    CountDownLatch agent = new CountDownLatch(1);
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    beans.addNotificationListener(
        MBeanServerDelegate.DELEGATE_NAME,
        (notification, _) -> {
          if (notification instanceof MBeanServerNotification registered
              && registered.getMBeanName().getDomain().equals("org.mosstack")) {
            agent.countDown();
          }
        },
        null,
        null);
    System.out.println("waits");
    agent.await();
    Echo.main(arguments);
    before.close().sync();
    group.shutdownGracefully().sync();
  }
}
