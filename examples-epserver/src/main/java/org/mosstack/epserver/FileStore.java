package org.mosstack.epserver;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A folder read into memory: one direct buffer for each file, handed out in slices.
 *
 * <p>Immutable once loaded, so that any number of loops may look things up. Changes on disk show
 * only after a new load.
 */
public final class FileStore implements AutoCloseable {
  private final Map<String, Resource> resources;
  private final Collection<StoredFile> files;
  private final long bytes;
  private final AtomicBoolean closed = new AtomicBoolean();

  FileStore(Map<String, Resource> resources, Collection<StoredFile> files) {
    this.resources = Map.copyOf(resources);
    this.files = files;
    this.bytes = files.stream().mapToLong(StoredFile::length).sum();
  }

  /**
   * Reads every regular file of {@code folder} and its sub-folders, except those whose names begin
   * with a dot: {@link #load(Path, boolean)} without them.
   */
  public static FileStore load(Path folder) throws IOException {
    return load(folder, false);
  }

  /**
   * Reads every regular file of {@code folder} and its sub-folders. A symbolic link is followed
   * while it stays inside the folder; one that leaves it, one that is broken and one that leads
   * back to a folder it stands in are left out, and so is what is neither file nor folder.
   *
   * @param dotFiles whether to read files and folders whose names begin with a dot, too; {@code
   *     .well-known} (RFC 8615) always is
   * @throws IOException with a message of one line for the user: the folder is missing or can't be
   *     read, a file can't be read, has more than 2^31 - 1 bytes, or doesn't fit into direct memory
   */
  public static FileStore load(Path folder, boolean dotFiles) throws IOException {
    return new FolderReader(folder, dotFiles).read();
  }

  /** The number of files in memory. */
  public int fileCount() {
    return files.size();
  }

  /** The size of all files, bytes. */
  public long byteCount() {
    return bytes;
  }

  /** What a decoded path without dot segments names; null if nothing. */
  Resource find(String path) {
    return resources.get(path);
  }

  Collection<StoredFile> files() {
    return files;
  }

  /**
   * Frees the memory: at once if no response holds a slice, else when the last one has been sent.
   * Call it once no server uses the store any more; a second call does nothing.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      files.forEach(StoredFile::release);
    }
  }
}
