package org.mosstack.epwget;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.mosstack.os.OutputFiles;

/**
 * One flow's output file, written by another thread than the flow's loop.
 *
 * <p>The loop gathers what arrives while a batch is being written and hands it over as the next
 * batch: a file has at most one batch with the writers, so their queue is no longer than there are
 * flows in flight. The caller must bound how much gathers here, by {@link #pendingBytes()}. All
 * methods belong to the loop.
 */
final class BodyFile {
  private final Path path;
  private final EventExecutor loop;
  private final Executor writers;
  private final Runnable progress;

  private List<ByteBuf> gathered = new ArrayList<>();
  private long pendingBytes;
  private boolean writing;
  private boolean finishing;
  private boolean closed;
  private IOException error;

  /** Only the running batch uses it; one batch happens before the next through the loop. */
  private FileChannel channel;

  /**
   * @param path created, or emptied
   * @param progress called on the loop after each batch, and when the file is closed
   */
  BodyFile(Path path, EventExecutor loop, Executor writers, Runnable progress) {
    this.path = path;
    this.loop = loop;
    this.writers = writers;
    this.progress = progress;
  }

  /** Appends {@code part} and takes ownership of its reference. */
  void write(ByteBuf part) {
    if (error != null) {
      part.release();
      return;
    }
    pendingBytes += part.readableBytes();
    gathered.add(part);
    hand();
  }

  /** Ends the file: it is closed after the last batch. */
  void finish() {
    finishing = true;
    hand();
  }

  /** Bytes handed in but not written yet. */
  long pendingBytes() {
    return pendingBytes;
  }

  /** Whether the file has been closed; {@link #error()} is final then. */
  boolean closed() {
    return closed;
  }

  /** What went wrong first, or null. */
  IOException error() {
    return error;
  }

  private void hand() {
    if (writing || closed) {
      return;
    }
    writing = true;
    List<ByteBuf> batch = gathered;
    boolean last = finishing;
    gathered = new ArrayList<>();
    writers.execute(() -> run(batch, last));
  }

  private void run(List<ByteBuf> batch, boolean last) {
    long bytes = 0;
    IOException failure = null;
    for (ByteBuf part : batch) {
      bytes += part.readableBytes();
    }
    try {
      if (channel == null) {
        channel = OutputFiles.channel(path, StandardOpenOption.TRUNCATE_EXISTING);
      }
      for (ByteBuf part : batch) {
        while (part.isReadable()) {
          part.readBytes(channel, part.readableBytes());
        }
      }
    } catch (IOException e) {
      failure = e;
    } finally {
      batch.forEach(ByteBuf::release);
    }
    if (last && channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }
    long written = bytes;
    IOException outcome = failure;
    loop.execute(() -> written(written, last, outcome));
  }

  private void written(long bytes, boolean last, IOException failure) {
    writing = false;
    pendingBytes -= bytes;
    closed = last;
    if (failure != null && error == null) {
      error = failure;
      gathered.forEach(ByteBuf::release);
      gathered.clear();
      pendingBytes = 0;
    }
    if (!closed && (finishing || !gathered.isEmpty())) {
      hand();
    }
    progress.run();
  }
}
