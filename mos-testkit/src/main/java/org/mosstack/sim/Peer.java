package org.mosstack.sim;

import java.util.ArrayList;
import java.util.List;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * An application at one end of a connection: sends a byte pattern derived from its seed, checks the
 * one derived from the other end's seed, and closes when both are done.
 */
class Peer implements TcpHandler {
  private static final int WRITE_BYTES = 3000;

  final List<String> events = new ArrayList<>();
  private final OffHeap memory;
  private final int writeBytes;
  private final byte[] readBuffer = new byte[4096];
  private final long sendSeed;
  private final long receiveSeed;
  private long toSend;
  private final long toReceive;
  TcpConnection connection;
  TcpError error;
  long sent;
  long received;
  long checked;
  boolean endOfStream;
  boolean reading = true;
  boolean closeWhenDone = true;
  private int held;
  String mismatch;

  Peer(long sendSeed, long toSend, long receiveSeed, long toReceive) {
    this(sendSeed, toSend, receiveSeed, toReceive, WRITE_BYTES);
  }

  /** Creates one that writes this many bytes at a time. */
  Peer(long sendSeed, long toSend, long receiveSeed, long toReceive, int writeBytes) {
    memory = OffHeap.map(writeBytes);
    this.writeBytes = writeBytes;
    this.sendSeed = sendSeed;
    this.toSend = toSend;
    this.receiveSeed = receiveSeed;
    this.toReceive = toReceive;
  }

  static byte pattern(long seed, long index) {
    long x = (index + seed) * 0x9E37_79B9_7F4A_7C15L;
    return (byte) (x >>> 56);
  }

  void start(TcpConnection c) {
    connection = c;
    c.handler(this);
    pump();
  }

  @Override
  public void connected(TcpConnection c) {
    events.add("connected");
    connection = c;
    pump();
  }

  /** Writes as long as data is accepted; one buffer at a time, as its bytes must not change. */
  void pump() {
    while (sent < toSend && held == 0) {
      int n = (int) Math.min(writeBytes, toSend - sent);
      for (int i = 0; i < n; i++) {
        Memory.putByte(memory.address() + i, pattern(sendSeed, sent + i));
      }
      int accepted = connection.write(memory.address(), n, this);
      if (accepted == 0) {
        return;
      }
      sent += accepted;
      held++;
    }
    if (sent == toSend && closeWhenDone && !connection.isOutputShutdown()) {
      connection.shutdownOutput();
    }
  }

  /** Adds to the bytes to send. */
  void sendMore(int bytes) {
    toSend += bytes;
    pump();
  }

  void readAll() {
    int n;
    while ((n = connection.read(readBuffer, 0, readBuffer.length)) > 0) {
      for (int i = 0; i < n; i++) {
        if (readBuffer[i] != pattern(receiveSeed, received + i) && mismatch == null) {
          mismatch = "byte " + (received + i) + " is " + readBuffer[i];
        }
      }
      received += n;
    }
    if (n < 0 && !endOfStream) {
      endOfStream = true;
      events.add("end");
    }
    if (endOfStream && sent == toSend && closeWhenDone) {
      connection.close();
    }
  }

  @Override
  public void readable(TcpConnection c) {
    if (reading) {
      readAll();
    }
  }

  @Override
  public void writable(TcpConnection c) {
    pump();
  }

  @Override
  public void released(TcpConnection c, Object buffer) {
    if (buffer != this) {
      throw new AssertionError("released " + buffer);
    }
    held--;
    if (error == null && sent < toSend && connection != null) {
      pump();
    }
    if (sent == toSend && endOfStream && closeWhenDone && connection != null) {
      connection.close();
    }
  }

  @Override
  public void closed(TcpConnection c, TcpError e) {
    events.add("closed " + e);
    error = e;
    connection = null;
  }

  boolean isClosed() {
    return error != null;
  }

  boolean isComplete() {
    return received == toReceive && sent == toSend;
  }

  int heldBuffers() {
    return held;
  }

  void free() {
    memory.close();
  }
}
