package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.netty.NettyIoServiceFactoryFactory;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.server.shell.ProcessShellCommandFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.testkit.netty.LeakCheck;

/** Apache MINA's SSH server and client, over Netty. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SshIT {
  private static final int COMMANDS = 200;
  private static final int LARGE = 10 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  @TempDir private Path folder;
  private final SshServer server = SshServer.setUpDefaultServer();
  private final SshClient client = SshClient.setUpDefaultClient();

  @BeforeEach
  void start() throws IOException {
    server.setIoServiceFactoryFactory(new NettyIoServiceFactoryFactory());
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(new SimpleGeneratorHostKeyProvider(folder.resolve("key")));
    server.setPasswordAuthenticator((user, password, _) -> user.equals(password));
    server.setCommandFactory(new ProcessShellCommandFactory());
    server.start();
    client.setIoServiceFactoryFactory(new NettyIoServiceFactoryFactory());
    client.setServerKeyVerifier((_, _, _) -> true);
    client.start();
  }

  @AfterEach
  void end() throws IOException {
    client.stop();
    server.stop();
  }

  private ClientSession connect() throws IOException {
    ClientSession session =
        client.connect("user", "127.0.0.1", server.getPort()).verify(LIMIT).getSession();
    session.addPasswordIdentity("user");
    session.auth().verify(LIMIT);
    return session;
  }

  private static byte[] run(ClientSession session, String command) throws IOException {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (ChannelExec channel = session.createExecChannel(command);
        OutputStream out = output) {
      channel.setOut(out);
      channel.open().verify(LIMIT);
      channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), LIMIT);
      assertEquals(0, channel.getExitStatus());
    }
    return output.toByteArray();
  }

  @Test
  void commandsAndTenMegabytes() throws Exception {
    try (ClientSession session = connect()) {
      for (int i = 0; i < COMMANDS; i++) {
        assertEquals(i + "\n", new String(run(session, "echo " + i)));
      }
      assertArrayEquals(new byte[LARGE], run(session, "head -c " + LARGE + " /dev/zero"));
    }
    try (ClientSession next = connect()) {
      assertEquals("again\n", new String(run(next, "echo again")));
    }
  }
}
