package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.netty.NettyRemotingServer;
import org.apache.rocketmq.remoting.netty.NettyRequestProcessor;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** RocketMQ's remoting, the transport of its brokers, name servers and clients. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RocketMqRemotingIT {
  private static final int CALLS = 5000;
  private static final int AT_A_TIME = 100;
  private static final int LARGE = 10 << 20;
  private static final int LIMIT_MILLIS = 60_000;
  private static final int ECHO = 1;

  private static final NettyRequestProcessor PROCESSOR =
      new NettyRequestProcessor() {
        @Override
        public RemotingCommand processRequest(
            ChannelHandlerContext context, RemotingCommand request) {
          RemotingCommand response = RemotingCommand.createResponseCommand(0, "");
          response.setBody(request.getBody());
          return response;
        }
      };

  private static NettyRemotingServer serve(int port, ExecutorService executor) {
    NettyServerConfig config = new NettyServerConfig();
    config.setBindAddress("127.0.0.1");
    config.setListenPort(port);
    NettyRemotingServer server = new NettyRemotingServer(config);
    server.registerProcessor(ECHO, PROCESSOR, executor);
    server.start();
    return server;
  }

  private static RemotingCommand request(byte... body) {
    RemotingCommand request = RemotingCommand.createRequestCommand(ECHO, null);
    request.setBody(body);
    return request;
  }

  @Test
  void callsSmallAndLargeAndAServersRestart() throws Exception {
    int port = Ports.free();
    String address = "127.0.0.1:" + port;
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      NettyRemotingServer server = serve(port, executor);
      NettyRemotingClient client = new NettyRemotingClient(new NettyClientConfig());
      client.start();
      client.invokeSync(address, request(), LIMIT_MILLIS);
      for (int i = 0; i < CALLS; i += AT_A_TIME) {
        List<CompletableFuture<RemotingCommand>> answers = new ArrayList<>();
        for (int k = 0; k < AT_A_TIME; k++) {
          answers.add(client.invoke(address, request((byte) k), LIMIT_MILLIS));
        }
        for (int k = 0; k < AT_A_TIME; k++) {
          assertEquals((byte) k, Waiting.get(answers.get(k)).getBody()[0]);
        }
      }
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      assertArrayEquals(large, client.invokeSync(address, request(large), LIMIT_MILLIS).getBody());

      server.shutdown();
      assertThrows(
          RemotingException.class, () -> client.invokeSync(address, request(), LIMIT_MILLIS));
      NettyRemotingServer next = serve(port, executor);
      assertArrayEquals(
          new byte[] {2}, client.invokeSync(address, request((byte) 2), LIMIT_MILLIS).getBody());
      client.shutdown();
      next.shutdown();
    }
  }
}
