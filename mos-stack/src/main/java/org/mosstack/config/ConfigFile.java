package org.mosstack.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the text of a configuration file: the only I/O of this package. */
final class ConfigFile {
  /** Bytes. A configuration is written by hand; more is another kind of file. */
  static final int MAX_SIZE = 1 << 20;

  private ConfigFile() {}

  /** Opens what is to be read. */
  @FunctionalInterface
  private interface Source {
    InputStream open() throws IOException;
  }

  static String read(Path path) {
    if (Files.isDirectory(path)) {
      throw ConfigException.unreadable(path.toString(), "it is a directory");
    }
    return read(path.toString(), () -> Files.newInputStream(path));
  }

  static String read(URL url) {
    return read(url.toString(), url::openStream);
  }

  private static String read(String name, Source source) {
    byte[] bytes = bytes(name, source);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    // The decoder is asked for the place of its error, which Files.readString doesn't tell.
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    if (result.isError()) {
      String read = String.format("byte 0x%02X", bytes[in.position()]);
      throw ConfigException.notAllowed(
          name, lineOf(bytes, in.position()), "file", read, "text in UTF-8");
    }
    return out.flip().toString();
  }

  private static byte[] bytes(String name, Source source) {
    byte[] bytes;
    try (InputStream in = source.open()) {
      bytes = in.readNBytes(MAX_SIZE + 1);
    } catch (NoSuchFileException _) {
      throw ConfigException.unreadable(name, "no such file");
    } catch (AccessDeniedException _) {
      throw ConfigException.unreadable(name, "permission denied");
    } catch (IOException e) {
      throw ConfigException.unreadable(name, String.valueOf(e.getMessage()));
    }
    if (bytes.length > MAX_SIZE) {
      throw ConfigException.unreadable(name, "it has more than " + MAX_SIZE + " bytes");
    }
    return bytes;
  }

  private static int lineOf(byte[] bytes, int position) {
    int line = 1;
    for (int i = 0; i < position; i++) {
      if (bytes[i] == '\n') {
        line++;
      }
    }
    return line;
  }
}
