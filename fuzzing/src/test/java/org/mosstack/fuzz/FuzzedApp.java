package org.mosstack.fuzz;

import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.tcp.TcbView;

/** The application of a connection of {@link LiveSession}: does what the fuzzer says. */
final class FuzzedApp implements TcpHandler {
  private final LiveSession session;
  private final byte[] buffer = new byte[4096];
  TcpConnection connection;
  private boolean closed;
  private boolean readsAtOnce = true;
  private int read;
  private int written;
  private int held;

  FuzzedApp(LiveSession session) {
    this.session = session;
  }

  boolean isClosed() {
    return closed;
  }

  int held() {
    return held;
  }

  /** Makes one API call. */
  void act(Input in) {
    if (closed) {
      return;
    }
    switch (in.u8() % 16) {
      case 0, 1, 2, 3 -> write(in.oneOf(1, 2, 100, 536, 1460, 1461, 4000, 9000, 65_535));
      case 4, 5 -> read(in.oneOf(1, 100, 4096));
      case 6 -> readsAtOnce = in.bool();
      case 7 -> connection.shutdownOutput();
      case 8 -> connection.shutdownInput();
      case 9 -> connection.close();
      case 10 -> {
        if (in.u8() > 200) {
          connection.abort();
        }
      }
      case 11 -> connection.keepAliveTimes(in.oneOf(1, 5, 7200), in.oneOf(1, 75), in.oneOf(1, 3));
      case 12 -> connection.keepAlive(in.bool());
      case 13 -> connection.userTimeoutMillis(in.oneOf(0, 1, 500, 30_000));
      default -> option(in);
    }
  }

  private void option(Input in) {
    switch (in.u8() % 8) {
      case 0 -> connection.noDelay(in.bool());
      case 1 -> connection.cork(in.bool());
      case 2 -> connection.quickAck(in.bool());
      case 3 -> connection.receiveBuffer(in.oneOf(0, 2048, 8192, 65_536, 1 << 20));
      case 4 -> connection.sendBuffer(in.oneOf(0, 2048, 8192, 65_536, 1 << 20));
      case 5 -> connection.notSentLowat(in.oneOf(0, 1, 1000, 100_000));
      case 6 -> {
        CongestionAlgorithm[] all = CongestionAlgorithm.values();
        connection.congestionControl(all[in.u8() % all.length]);
      }
      default -> connection.ttl(1 + in.u8() % 255);
    }
  }

  void write(int length) {
    int accepted = connection.write(session.pattern().address(written), length, this);
    if (accepted > 0) {
      written += accepted;
      held++;
    }
  }

  /** Reads once, and compares with what the peer sends at these sequence numbers. */
  private int read(int length) {
    int n = connection.read(buffer, 0, length);
    if (n > 0) {
      int seq = TcbView.irs(connection) + 1 + read;
      for (int i = 0; i < n; i++) {
        if (buffer[i] != Remote.pattern(seq + i)) {
          session.fail("byte " + (read + i) + " was read as " + buffer[i] + " of " + connection);
          break;
        }
      }
      read += n;
    }
    return n;
  }

  int read() {
    return read;
  }

  @Override
  public void connected(TcpConnection c) {
    connection = c;
  }

  @Override
  public void readable(TcpConnection c) {
    int n = 1;
    while (readsAtOnce && n > 0) {
      n = read(buffer.length);
    }
    if (n < 0 && session.isEnding()) {
      c.close();
    }
  }

  @Override
  public void writable(TcpConnection c) {
    if (closed) {
      session.fail("writable after closed");
    }
  }

  @Override
  public void released(TcpConnection c, Object written) {
    held--;
    if (closed || written != this) {
      session.fail("released after closed, or to another");
    }
  }

  @Override
  public void closed(TcpConnection c, TcpError error) {
    if (closed || c != connection) {
      session.fail("closed twice, or another");
    }
    closed = true;
    if (held != 0) {
      session.fail(held + " writes not released before closed");
    }
  }
}
