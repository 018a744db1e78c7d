package org.mosstack.epwget;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.mosstack.config.ConfigException;
import org.mosstack.os.OutputFiles;
import org.mosstack.os.ReservedFile;

/** The file of {@code --json}, opened before the run: a bad path isn't found out after it. */
public final class JsonFile implements AutoCloseable {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path path;

  /** Null if no file is asked for. */
  private final ReservedFile file;

  private JsonFile(Path path, ReservedFile file) {
    this.path = path;
    this.file = file;
  }

  /**
   * Opens the file. If nothing is written to it, it is left as it was.
   *
   * @param path its path; null to write nothing
   * @throws ConfigException if it can't be written
   */
  public static JsonFile open(Path path) {
    try {
      return new JsonFile(path, path == null ? null : ReservedFile.open(path));
    } catch (IOException e) {
      throw new ConfigException(
          "--json: " + path + " can't be written: " + OutputFiles.reason(e), e);
    }
  }

  /**
   * Writes what the file is to hold, in place of what is in it.
   *
   * @param value anything that Jackson turns into an object
   * @throws IOException if it can't be written; the message is one line for the user
   */
  public void write(Object value) throws IOException {
    if (file == null) {
      return;
    }
    byte[] text = (MAPPER.writeValueAsString(value) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      file.begin();
      for (ByteBuffer bytes = ByteBuffer.wrap(text); bytes.hasRemaining(); ) {
        file.channel().write(bytes);
      }
    } catch (IOException e) {
      throw new IOException(path + " can't be written: " + OutputFiles.reason(e), e);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
