package org.mosstack.bench.scenario;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.mosstack.bench.Jvm;
import org.mosstack.bench.compare.FileServer;
import org.mosstack.bench.compare.Transport;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** nginx, and epserver over epoll, over the loopback: servers on CPU 0, wrk on CPU 1. */
final class KernelServers {
  private static final Pattern REQUESTS = Pattern.compile("^Requests/sec: *([0-9.]+)");
  private static final int NGINX_PORT = 18_080;
  private static final int EPSERVER_PORT = 18_081;
  private static final int SECONDS_TO_START = 10;

  /** Longer than any warm-up. */
  private static final int WARM_UP_SECONDS = 100;

  private final Run run;
  private final Path www;
  private final List<Integer> sizes;
  private final int seconds;

  /**
   * Creates the servers' configuration.
   *
   * @param www the files' folder
   * @param seconds how long a size is measured
   */
  KernelServers(Run run, Path www, List<Integer> sizes, int seconds) {
    this.run = run;
    this.www = www;
    this.sizes = sizes;
    this.seconds = seconds;
  }

  void measure() throws IOException, InterruptedException {
    Path conf = Files.writeString(run.file("nginx.conf"), nginxConf());
    List<String> nginx = Testbed.words("nginx -c", conf.toString(), "-e");
    nginx.add(run.file("nginx.log").toString());
    measure("nginx", NGINX_PORT, nginx);
    measure(
        "epserver, epoll",
        EPSERVER_PORT,
        Jvm.command(
            List.of(),
            FileServer.class,
            Transport.EPOLL.name(),
            Integer.toString(EPSERVER_PORT),
            www.toString()));
  }

  private void measure(String name, int port, List<String> command)
      throws IOException, InterruptedException {
    Program server = run.start(Run.onCpu(0, command));
    Await.until(name + " answers", SECONDS_TO_START, () -> answers(server, port));
    Program load = wrk(port, sizes.getFirst(), WARM_UP_SECONDS);
    WarmUp.of(run, server);
    load.end();
    for (int size : sizes) {
      Duration limit = Duration.ofSeconds(seconds).plus(Testbed.SOON);
      wrk(port, size, seconds).succeed(limit); // warms up for this size
      Program counted = wrk(port, size, seconds);
      counted.succeed(limit);
      run.figures(
          MacroScenario.table(size),
          name + ", loopback, wrk",
          "requests/s",
          requests(counted.lines()));
    }
    server.end();
  }

  private static boolean answers(Program server, int port) throws IOException {
    if (!server.isRunning()) {
      throw new IOException(server.describe("ended"));
    }
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (ConnectException e) {
      return false;
    }
  }

  private Program wrk(int port, int size, int seconds) throws IOException {
    List<String> command = Testbed.words("wrk -t1 -c64 -d" + seconds + "s");
    command.add("http://127.0.0.1:" + port + "/" + size + ".bin");
    return run.start(Run.onCpu(1, command));
  }

  /** Returns what wrk says of its run. */
  static List<Double> requests(List<String> lines) throws IOException {
    return RateLog.of(lines, REQUESTS);
  }

  private String nginxConf() {
    return """
    daemon off;
    user root;
    worker_processes 1;
    pid %1$s/nginx.pid;
    events { worker_connections 1024; }
    http {
      access_log off;
      sendfile on;
      tcp_nopush on;
      open_file_cache max=100;
      keepalive_requests 100000000;
      client_body_temp_path %1$s/nginx;
      proxy_temp_path %1$s/nginx;
      fastcgi_temp_path %1$s/nginx;
      uwsgi_temp_path %1$s/nginx;
      scgi_temp_path %1$s/nginx;
      root %2$s;
      server { listen 127.0.0.1:%3$d; }
    }
    """
        .formatted(www.getParent(), www, NGINX_PORT);
  }
}
