package org.mosstack.device;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.mosstack.os.OutputFiles;

/**
 * Writes a capture file: classic pcap with nanosecond timestamps, little-endian (the layout is that
 * of libpcap's pcap-savefile(5)). Any thread may append; after the first I/O error, everything is
 * dropped.
 */
final class PcapWriter implements AutoCloseable {
  /** Bytes of a packet that are kept. */
  static final int SNAP_LENGTH = 65535;

  /** Bytes in front of each packet. */
  static final int RECORD_HEADER_BYTES = 16;

  private static final int FILE_HEADER_BYTES = 24;
  private static final int MAGIC_NANOS = 0xA1B23C4D;
  private static final short VERSION_MAJOR = 2;
  private static final short VERSION_MINOR = 4;
  private static final int LINKTYPE_ETHERNET = 1;
  private static final int BUFFER_BYTES = 256 * 1024;

  // A stream: an interrupt of the writing thread would close a FileChannel.
  private final OutputStream file;
  private final Consumer<IOException> onError;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int used;
  private volatile boolean ended;

  /**
   * Creates the file, or truncates it; only the process's user may read it.
   *
   * @param onError receives the first error after this; must not throw
   * @throws IOException if the file can't be written
   */
  PcapWriter(Path path, Consumer<IOException> onError) throws IOException {
    this.onError = onError;
    file = OutputFiles.privateStream(path);
    ByteBuffer header = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(MAGIC_NANOS).putShort(VERSION_MAJOR).putShort(VERSION_MINOR);
    header.putInt(0).putInt(0); // time zone and accuracy: zero in all files
    header.putInt(SNAP_LENGTH).putInt(LINKTYPE_ETHERNET);
    used = FILE_HEADER_BYTES;
  }

  /** Whether appending no longer has any effect. */
  boolean hasEnded() {
    return ended;
  }

  /** Appends whole records. */
  synchronized void append(byte[] records, int length) {
    if (ended) {
      return;
    }
    try {
      if (length > buffer.length - used) {
        flush();
      }
      if (length > buffer.length) {
        file.write(records, 0, length);
      } else {
        System.arraycopy(records, 0, buffer, used, length);
        used += length;
      }
    } catch (IOException e) {
      ended = true;
      onError.accept(e);
      closeAfterError();
    }
  }

  private void flush() throws IOException {
    file.write(buffer, 0, used);
    used = 0;
  }

  private void closeAfterError() {
    try {
      file.close();
    } catch (IOException _) {
      // The error that ended the capture has already been reported.
    }
  }

  /** Writes what is buffered and closes the file. */
  @Override
  public synchronized void close() {
    if (ended) {
      return;
    }
    ended = true;
    try (file) {
      flush();
    } catch (IOException e) {
      onError.accept(e);
    }
  }
}
