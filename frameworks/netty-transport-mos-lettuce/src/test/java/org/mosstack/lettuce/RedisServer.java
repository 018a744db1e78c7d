package org.mosstack.lettuce;

import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import org.mosstack.testkit.Keys;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** A redis-server in the kernel, with ports for plain TCP and TLS, and a domain socket. */
final class RedisServer {
  private final Testbed testbed;
  private final List<String> command;
  private final String address;
  private final int port;
  private final Path socket;
  private Program program;

  /**
   * A server that doesn't run yet.
   *
   * @param port of plain TCP; the next one is TLS's
   * @param more words of its command line
   */
  RedisServer(Testbed testbed, String address, int port, String... more)
      throws IOException, GeneralSecurityException {
    this.testbed = testbed;
    this.address = address;
    this.port = port;
    Path folder = testbed.newFolder();
    socket = folder.resolve("redis.sock");
    Path pem = Files.write(folder.resolve("redis.pem"), pem());
    command =
        Testbed.words(
            ("redis-server --bind %s --port %d --tls-port %d --tls-cert-file %s --tls-key-file %s"
                 + " --tls-ca-cert-file %s --tls-auth-clients no --protected-mode no --unixsocket"
                 + " %s --dir %s --appendonly no --save")
                .formatted(address, port, port + 1, pem, pem, pem, socket, folder),
            "");
    command.addAll(List.of(more));
  }

  private static List<String> pem() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance(Keys.STORE.toFile(), Keys.PASSWORD.toCharArray());
    return List.of(
        pem("PRIVATE KEY", keys.getKey("test", Keys.PASSWORD.toCharArray()).getEncoded()),
        pem("CERTIFICATE", keys.getCertificate("test").getEncoded()));
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----"
        .formatted(what, Base64.getMimeEncoder().encodeToString(der));
  }

  /** Starts it, and returns when it serves. */
  RedisServer start() throws IOException, InterruptedException {
    program = testbed.start(command);
    program.awaitLine("Ready to accept connections", Testbed.SOON);
    return this;
  }

  /** Ends it as a crash does. */
  void kill() throws InterruptedException {
    program.kill();
  }

  RedisURI uri() {
    return RedisURI.create(address, port);
  }

  /** With TLS, and any certificate. */
  RedisURI tlsUri() {
    return RedisURI.builder()
        .withHost(address)
        .withPort(port + 1)
        .withSsl(true)
        .withVerifyPeer(false)
        .build();
  }

  /** The domain socket's. */
  RedisURI socketUri() {
    return RedisURI.builder(RedisURI.create("redis-socket://" + socket)).build();
  }
}
