package org.mosstack.frameworks.agent;

import static org.asynchttpclient.Dsl.asyncHttpClient;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOServer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.ws.WebSocket;
import org.asynchttpclient.ws.WebSocketListener;
import org.asynchttpclient.ws.WebSocketUpgradeHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** netty-socketio, which names its channels, by a client that speaks Engine.IO's fourth version. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SocketIoIT {
  private static final int EVENTS = 2000;

  /** What the server has sent; its pings are answered. */
  private static final class Messages implements WebSocketListener {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private WebSocket socket;

    @Override
    public void onOpen(WebSocket webSocket) {
      socket = webSocket;
    }

    @Override
    public void onTextFrame(String payload, boolean finalFragment, int rsv) {
      if (payload.equals("2")) {
        socket.sendTextFrame("3");
      } else {
        received.add(payload);
      }
    }

    @Override
    public void onClose(WebSocket webSocket, int code, String reason) {}

    @Override
    public void onError(Throwable t) {
      received.add(t.toString());
    }

    String next() throws InterruptedException {
      return received.poll(Waiting.SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void eventsGoThereAndBack() throws Exception {
    Configuration configuration = new Configuration();
    configuration.setHostname("127.0.0.1");
    configuration.setPort(Ports.free());
    SocketIOServer server = new SocketIOServer(configuration);
    server.addEventListener(
        "echo", String.class, (client, text, _) -> client.sendEvent("echo", text));
    CountDownLatch left = new CountDownLatch(1);
    server.addDisconnectListener(_ -> left.countDown());
    server.start();
    String url =
        "ws://127.0.0.1:" + configuration.getPort() + "/socket.io/?EIO=4&transport=websocket";
    Messages messages = new Messages();
    try (AsyncHttpClient client = asyncHttpClient()) {
      WebSocket socket =
          Waiting.get(
              client
                  .prepareGet(url)
                  .execute(
                      new WebSocketUpgradeHandler.Builder()
                          .addWebSocketListener(messages)
                          .build()));
      assertTrue(messages.next().startsWith("0{"), "Engine.IO's opening");
      Waiting.get(socket.sendTextFrame("40"));
      assertTrue(messages.next().startsWith("40"), "Socket.IO's opening");
      for (int i = 0; i < EVENTS; i++) {
        socket.sendTextFrame("42[\"echo\",\"" + i + "\"]");
      }
      for (int i = 0; i < EVENTS; i++) {
        assertEquals("42[\"echo\",\"" + i + "\"]", messages.next());
      }
      Waiting.get(socket.sendCloseFrame());
      assertTrue(left.await(Waiting.SECONDS, TimeUnit.SECONDS));
    } finally {
      server.stop();
    }
  }
}
