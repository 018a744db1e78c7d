package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** The kernel's server, of the same files as epserver's. */
final class Nginx implements AutoCloseable {
  /** A port at which nothing comes faster than 40 MB/s, so that there is a middle. */
  static final int SLOW_PORT = 81;

  private static final String CONFIGURATION =
      """
      daemon off;
      user root;
      worker_processes 1;
      pid %1$s/nginx.pid;
      error_log %1$s/nginx.log;
      events {}
      http {
        access_log off;
        client_body_temp_path %1$s/nginx;
        proxy_temp_path %1$s/nginx;
        fastcgi_temp_path %1$s/nginx;
        uwsgi_temp_path %1$s/nginx;
        scgi_temp_path %1$s/nginx;
        root %2$s;
        server { listen 80; }
        server { listen %3$d; limit_rate 40m; }
      }
      """;

  private final Program program;

  private Nginx(Program program) {
    this.program = program;
  }

  /** Starts it, and returns when it serves. */
  static Nginx start(Testbed testbed, Link link) throws Exception {
    Path folder = testbed.folder();
    Path file = folder.resolve("nginx.conf");
    Files.writeString(
        file, CONFIGURATION.formatted(folder, WebFiles.of(testbed).folder(), SLOW_PORT));
    Nginx nginx =
        new Nginx(link.kernel().start("nginx -c", file.toString(), "-e", folder + "/nginx.log"));
    Await.until("nginx serves", 10, () -> nginx.serves(link));
    return nginx;
  }

  private boolean serves(Link link) throws IOException, InterruptedException {
    String url = "http://" + Link.KERNEL_ADDRESS + WebFiles.path(1);
    return link.kernel().succeeds("curl -sS -o /dev/null " + url);
  }

  void assertRunning() {
    assertTrue(program.isRunning(), () -> program.describe("has ended"));
  }

  @Override
  public void close() {
    program.close();
  }
}
