package org.mosstack.epserver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Reads a folder into a {@link FileStore}. Used once, by one thread. */
final class FolderReader {
  private static final String INDEX = "index.html";
  private static final String WELL_KNOWN = ".well-known"; // RFC 8615

  /** Our own: a transport can't tell that nobody else frees what Unpooled allocates. */
  private static final ByteBufAllocator MEMORY = new UnpooledByteBufAllocator(true);

  private final Path folder;
  private final boolean dotFiles;
  private final Map<String, Resource> resources = new HashMap<>();

  /** By real path: two links to a file share its memory. */
  private final Map<Path, StoredFile> files = new LinkedHashMap<>();

  /** Last-Modified must not lie ahead of Date (RFC 9110, 8.8.2.1). */
  private final FileTime now = FileTime.fromMillis(System.currentTimeMillis());

  private Path root;

  FolderReader(Path folder, boolean dotFiles) {
    this.folder = folder;
    this.dotFiles = dotFiles;
  }

  FileStore read() throws IOException {
    boolean complete = false;
    try {
      root = folder.toRealPath();
      if (!Files.isDirectory(root)) {
        throw new IOException(folder + " is not a folder");
      }
      readFolder(new Place(root, null), "/");
      FileStore store = new FileStore(resources, files.values());
      complete = true;
      return store;
    } catch (NoSuchFileException e) {
      throw new IOException("no such file or folder: " + e.getFile(), e);
    } catch (AccessDeniedException e) {
      throw new IOException("no permission to read " + e.getFile(), e);
    } finally {
      if (!complete) {
        files.values().forEach(StoredFile::release);
      }
    }
  }

  /** A folder by its real path, and the folders it was reached through. */
  private record Place(Path real, Place parent) {
    boolean leadsBackTo(Path other) {
      for (Place place = this; place != null; place = place.parent) {
        if (place.real.equals(other)) {
          return true;
        }
      }
      return false;
    }
  }

  private void readFolder(Place place, String path) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(place.real())) {
      for (Path entry : entries) {
        String name = nameOf(entry);
        Path real = isServed(name) ? realPathInside(entry) : null;
        if (real == null) {
          continue;
        }
        if (Files.isDirectory(real)) {
          if (!place.leadsBackTo(real)) {
            readFolder(new Place(real, place), path + name + '/');
          }
        } else if (Files.isRegularFile(real)) {
          addFile(path, name, real);
        }
      }
    }
  }

  private boolean isServed(String name) {
    return dotFiles || !name.startsWith(".") || name.equals(WELL_KNOWN);
  }

  private void addFile(String folderPath, String name, Path real) throws IOException {
    StoredFile file = files.get(real);
    if (file == null) {
      file = readFile(real, name);
      files.put(real, file);
    }
    resources.put(folderPath + name, file);
    if (name.equals(INDEX)) {
      resources.put(folderPath, file);
      if (folderPath.length() > 1) {
        resources.put(
            folderPath.substring(0, folderPath.length() - 1),
            new Resource.FolderRedirect(AsciiString.cached(percentEncode(folderPath))));
      }
    }
  }

  private Path realPathInside(Path entry) throws IOException {
    if (!Files.isSymbolicLink(entry)) {
      return entry;
    }
    try {
      Path real = entry.toRealPath();
      return real.startsWith(root) ? real : null;
    } catch (IOException _) {
      // Broken, circular, or through a folder that may not be entered: it names nothing in here.
      return null;
    }
  }

  private StoredFile readFile(Path file, String name) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (attributes.size() > Integer.MAX_VALUE) {
      throw new IOException(
          file
              + " has "
              + attributes.size()
              + " bytes: files of at most "
              + Integer.MAX_VALUE
              + " bytes can be served");
    }
    ByteBuf content = readContent(file, (int) attributes.size());
    FileTime modified = attributes.lastModifiedTime();
    return new StoredFile(
        name, content, (modified.compareTo(now) > 0 ? now : modified).to(TimeUnit.NANOSECONDS));
  }

  private static ByteBuf readContent(Path file, int size) throws IOException {
    if (size == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    ByteBuf content;
    try {
      content = MEMORY.directBuffer(size, size);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          "no direct memory left for "
              + file
              + " ("
              + size
              + " bytes): serve less, or give the JVM more with -XX:MaxDirectMemorySize",
          e);
    }
    boolean complete = false;
    try (FileChannel channel = FileChannel.open(file)) {
      while (content.isWritable()) {
        if (content.writeBytes(channel, content.writerIndex(), content.writableBytes()) < 0) {
          throw new IOException(file + " became shorter while it was read");
        }
      }
      complete = true;
      return content;
    } finally {
      if (!complete) {
        content.release();
      }
    }
  }

  /**
   * The entry's name as UTF-8, as clients write it. {@code toString()} would decode it by the
   * locale, and lose all but ASCII where that is "C"; the URI keeps the bytes.
   */
  private static String nameOf(Path entry) {
    String uri = entry.toUri().getRawPath();
    int end = uri.endsWith("/") ? uri.length() - 1 : uri.length();
    String escaped = uri.substring(uri.lastIndexOf('/', end - 1) + 1, end);
    byte[] bytes = new byte[escaped.length()];
    int n = 0;
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '%') {
        c = (char) Integer.parseInt(escaped, i + 1, i + 3, 16);
        i += 2;
      }
      bytes[n++] = (byte) c;
    }
    return new String(bytes, 0, n, StandardCharsets.UTF_8);
  }

  /** A path as it may stand in a Location header (RFC 3986, 3.3). */
  private static String percentEncode(String path) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || "/-._~".indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append('%').append(String.format("%02X", (int) c));
      }
    }
    return encoded.toString();
  }
}
