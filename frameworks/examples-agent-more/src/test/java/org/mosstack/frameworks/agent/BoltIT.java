package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.alipay.remoting.BizContext;
import com.alipay.remoting.exception.RemotingException;
import com.alipay.remoting.rpc.RpcClient;
import com.alipay.remoting.rpc.RpcResponseFuture;
import com.alipay.remoting.rpc.RpcServer;
import com.alipay.remoting.rpc.protocol.SyncUserProcessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** SOFABolt, whose server and client choose epoll's or NIO's channels by themselves. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BoltIT {
  private static final int CALLS = 5000;
  private static final int AT_A_TIME = 100;
  private static final int LARGE = 10 << 20;
  private static final int LIMIT_MILLIS = 60_000;

  /** Returns what it is called with. */
  private static final class Echo extends SyncUserProcessor<byte[]> {
    @Override
    public Object handleRequest(BizContext context, byte[] request) {
      return request;
    }

    @Override
    public String interest() {
      return byte[].class.getName();
    }
  }

  private static RpcServer serve(int port) {
    RpcServer server = new RpcServer("127.0.0.1", port);
    server.registerUserProcessor(new Echo());
    server.startup();
    return server;
  }

  @Test
  void callsSmallAndLargeAndAServersRestart() throws Exception {
    int port = Ports.free();
    String address = "127.0.0.1:" + port;
    RpcServer server = serve(port);
    RpcClient client = new RpcClient();
    client.startup();
    for (int i = 0; i < CALLS; i += AT_A_TIME) {
      List<RpcResponseFuture> answers = new ArrayList<>();
      for (int k = 0; k < AT_A_TIME; k++) {
        answers.add(client.invokeWithFuture(address, new byte[] {(byte) k}, LIMIT_MILLIS));
      }
      for (int k = 0; k < AT_A_TIME; k++) {
        assertEquals((byte) k, ((byte[]) answers.get(k).get(LIMIT_MILLIS))[0]);
      }
    }
    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);
    assertArrayEquals(large, (byte[]) client.invokeSync(address, large, LIMIT_MILLIS));

    server.shutdown();
    client.closeConnection(address); // the server's end lives as long as its loops: for good
    assertThrows(
        RemotingException.class, () -> client.invokeSync(address, new byte[] {1}, LIMIT_MILLIS));
    RpcServer next = serve(port);
    assertArrayEquals(
        new byte[] {2}, (byte[]) client.invokeSync(address, new byte[] {2}, LIMIT_MILLIS));
    client.shutdown();
    next.shutdown();
  }
}
