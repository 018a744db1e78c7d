package org.mosstack.bench.flood;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.stats.Counter;
import org.mosstack.stats.StackStats;

/**
 * Echoes messages on one core until killed, and writes a {@link Sample} to a file ten times a
 * second: {@code FloodServer SOCKET CPU BACKLOG SAMPLES}.
 */
public final class FloodServer {
  private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final int KIBIBYTE = 1024;

  private final MosStack stack;
  private final StackCore core;
  private final long memory = Arena.global().allocate(FloodLink.MESSAGE_BYTES).address();
  private final List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans();

  private FloodServer(MosStack stack) {
    this.stack = stack;
    core = stack.core(0);
  }

  /** Serves. */
  public static void main(String[] args) throws IOException {
    MosStack stack = MosStack.builder(FloodLink.server(args[0], Integer.parseInt(args[1]))).start();
    FloodServer server = new FloodServer(stack);
    server.core.attach();
    server.listen(Integer.parseInt(args[2]));
    System.out.println("ready");
    try (PrintStream samples = new PrintStream(new FileOutputStream(args[3]), true)) {
      server.serve(samples);
    }
  }

  private void listen(int backlog) throws IOException {
    Answering answering = new Answering();
    stack.listen(
        Endpoint.any(FloodLink.PORT),
        backlog,
        SocketOptions.DEFAULT,
        -1,
        (listener, c) -> {
          for (TcpConnection next = listener.accept(c); next != null; next = listener.accept(c)) {
            next.noDelay(true);
            next.handler(answering);
          }
        });
  }

  private void serve(PrintStream samples) throws IOException {
    long next = System.nanoTime();
    while (true) {
      core.poll();
      long now = System.nanoTime();
      if (now - next >= 0) {
        next = now + SAMPLE_NANOS;
        samples.println(sample());
      }
    }
  }

  private Sample sample() throws IOException {
    StackStats stats = stack.stats();
    return new Sample(
        stats.timeMillis(),
        stats.flows(),
        stats.listeners().getFirst().synQueue(),
        core.buffersInUse(),
        heapBytes(),
        residentBytes(),
        stats.count(Counter.TCP_SEGMENTS_RECEIVED));
  }

  /** Returns the heap in use after its last collection. */
  private long heapBytes() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage usage = pool.getCollectionUsage();
      bytes += usage == null ? 0 : usage.getUsed();
    }
    return bytes;
  }

  /** Returns the resident memory of the process, including heap and packet buffers. */
  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith(RESIDENT)) {
        String kibibytes = line.substring(RESIDENT.length(), line.indexOf("kB")).strip();
        return Long.parseLong(kibibytes) * KIBIBYTE;
      }
    }
    throw new IOException(STATUS + " has no " + RESIDENT);
  }

  private final class Answering implements TcpHandler {
    @Override
    public void readable(TcpConnection c) {
      while (c.available() >= FloodLink.MESSAGE_BYTES) {
        c.read(memory, FloodLink.MESSAGE_BYTES);
        c.write(memory, FloodLink.MESSAGE_BYTES, this);
      }
      if (c.endOfStream()) {
        c.close();
      }
    }

    @Override
    public void connected(TcpConnection c) {}

    @Override
    public void writable(TcpConnection c) {}

    @Override
    public void released(TcpConnection c, Object buffer) {}

    @Override
    public void closed(TcpConnection c, TcpError error) {}
  }
}
