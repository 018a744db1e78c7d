package org.mosstack.epserver;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.concurrent.atomic.AtomicLongArray;

/** One loop's counters: that loop alone writes them, any thread may read them. */
final class ServerStats {
  private static final int REQUESTS = 0;
  private static final int BODY_BYTES = 1;
  private static final int CONNECTIONS = 2;
  private static final int FAILURES = 3;

  /** Responses by status follow, at this offset plus the status. */
  private static final int STATUS = 4;

  private static final int MAX_STATUS = 599;

  private final AtomicLongArray counters = new AtomicLongArray(STATUS + MAX_STATUS + 1);

  /** A response was written; {@code bodyBytes} of it are its body. */
  void response(HttpResponseStatus status, long bodyBytes) {
    add(REQUESTS, 1);
    add(BODY_BYTES, bodyBytes);
    add(STATUS + status.code(), 1);
  }

  /** A connection was accepted. */
  void connection() {
    add(CONNECTIONS, 1);
  }

  /** A connection ended with an error. */
  void failure() {
    add(FAILURES, 1);
  }

  /** Adds these counters to {@code total}. */
  void addTo(ServerSummary.Builder total) {
    total.requests += counters.getOpaque(REQUESTS);
    total.bodyBytes += counters.getOpaque(BODY_BYTES);
    total.connections += counters.getOpaque(CONNECTIONS);
    total.failures += counters.getOpaque(FAILURES);
    for (int status = 0; status <= MAX_STATUS; status++) {
      long n = counters.getOpaque(STATUS + status);
      if (n != 0) {
        total.responses.merge(status, n, Long::sum);
      }
    }
  }

  private void add(int counter, long n) {
    // One writer: no atomic addition needed, only values that readers see whole.
    counters.setOpaque(counter, counters.getPlain(counter) + n);
  }
}
