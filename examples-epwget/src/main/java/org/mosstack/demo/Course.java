package org.mosstack.demo;

import java.io.IOException;
import org.mosstack.epserver.Epserver;
import org.mosstack.epserver.FileStore;
import org.mosstack.epserver.ServerSummary;
import org.mosstack.epwget.Epwget;
import org.mosstack.epwget.EpwgetConfig;
import org.mosstack.epwget.EpwgetOptions;
import org.mosstack.epwget.Summary;
import org.mosstack.examples.Transport;

/** What is run at each place: the same files served, and the same load upon them. */
final class Course {
  private final FileStore files;
  private final EpwgetConfig load;
  private Epwget running;
  private boolean stopped;

  /**
   * What both ends said at the end.
   *
   * @param client the client's summary
   * @param server the server's
   */
  record Result(Summary client, ServerSummary server) {}

  /**
   * A course.
   *
   * @param files what is served
   * @param load what is fetched of it; host and port of its target are the place's
   */
  Course(FileStore files, EpwgetConfig load) {
    this.files = files;
    this.load = load;
  }

  /** Runs at a place until the options' duration is over, or all flows are; then closes it. */
  Result run(Place place, EpwgetOptions options) throws IOException, InterruptedException {
    try (place) {
      Transport server = place.server();
      Epserver epserver =
          Epserver.start(
              server.group(), server.servers(), server.bindPerLoop(), place.listen(), files);
      Summary summary;
      try (epserver) {
        String url = place.authority(epserver.localAddress()) + load.target().path();
        Transport client = place.client();
        Epwget run =
            Epwget.start(
                client.group(),
                client.clients(),
                load.withUrl(url),
                options.withTimeout(client.timeout()));
        began(run);
        summary = run.summary().join();
      }
      return new Result(summary, epserver.summary());
    }
  }

  /** Ends what runs, and what would run after it. Any thread. */
  synchronized void stop() {
    stopped = true;
    if (running != null) {
      running.stop();
    }
  }

  /** Whether {@link #stop} has been called. */
  synchronized boolean isStopped() {
    return stopped;
  }

  private synchronized void began(Epwget run) {
    running = run;
    if (stopped) {
      run.stop();
    }
  }
}
