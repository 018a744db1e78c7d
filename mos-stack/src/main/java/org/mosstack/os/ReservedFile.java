package org.mosstack.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file for output that is opened before there is any, so that a bad path is known before the work
 * is done. Until {@link #begin} it stays as it was; if nothing is written, {@link #close} removes
 * it, unless it existed before. What leads to an open file, such as {@code /dev/stdout}, is only
 * appended to: others write there too.
 *
 * <p>Opened as {@link OutputFiles} does it. Used by one thread at a time.
 */
public final class ReservedFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final boolean created;
  private final boolean truncates;
  private boolean begun;

  private ReservedFile(Path path, FileChannel channel, boolean created, boolean truncates) {
    this.path = path;
    this.channel = channel;
    this.created = created;
    this.truncates = truncates;
  }

  /**
   * Opens a file, created if missing with the umask applied, without changing what is in it.
   *
   * @param file its path
   * @throws IOException if it can't be opened; {@link OutputFiles#reason} says why
   */
  public static ReservedFile open(Path file) throws IOException {
    boolean existed = Files.exists(file);
    FileChannel channel = OutputFiles.channel(file, StandardOpenOption.APPEND);
    boolean truncates = Files.isRegularFile(file) && !OutputFiles.isOpenFile(file);
    return new ReservedFile(file, channel, !existed, truncates);
  }

  /** Whether it is a file on a disk, and no terminal or pipe. */
  public boolean isRegular() {
    return Files.isRegularFile(path);
  }

  /** The open file, to be written to after {@link #begin}, at its end. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Empties the file, unless it is open elsewhere, as {@code /dev/stdout} is: from now on it stays.
   *
   * @throws IOException if it can't be truncated
   */
  public void begin() throws IOException {
    if (truncates) {
      channel.truncate(0);
    }
    begun = true;
  }

  /** Closes the file, and removes it if it was created in vain. Further calls do nothing. */
  @Override
  public void close() {
    try {
      if (channel.isOpen() && created && !begun) {
        Files.deleteIfExists(path.toRealPath());
      }
      channel.close();
    } catch (IOException _) {
      // each write was unbuffered; an empty file that can't be removed harms nobody
    }
  }
}
