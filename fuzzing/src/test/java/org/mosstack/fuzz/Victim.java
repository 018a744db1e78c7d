package org.mosstack.fuzz;

import java.util.SplittableRandom;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/** One end of a connection with forgeries: its application acts at random. */
final class Victim implements TcpHandler {
  private final FrameStorm storm;
  private final SplittableRandom random;
  TcpConnection connection;
  private boolean reads = true;

  Victim(FrameStorm storm, SplittableRandom random) {
    this.storm = storm;
    this.random = random;
  }

  /** Does one random thing that an application may do. */
  void act() {
    switch (random.nextInt(24)) {
      case 0, 1, 2, 3, 4, 5 -> write(1 + random.nextInt(4000));
      case 6, 7 -> reads = !reads;
      case 8 -> oneIn(3, connection::shutdownOutput);
      case 9 -> connection.noDelay(random.nextBoolean());
      case 10 -> connection.keepAliveTimes(1, 1, 3);
      case 11 -> connection.keepAlive(random.nextBoolean());
      case 12 -> connection.userTimeoutMillis(random.nextInt(5000));
      case 13 -> connection.receiveBuffer(random.nextInt(20_000));
      case 14 -> connection.sendBuffer(random.nextInt(20_000));
      case 15 -> connection.cork(random.nextBoolean());
      case 16 -> connection.quickAck(random.nextBoolean());
      case 17 -> oneIn(8, connection::abort);
      case 18 -> oneIn(4, connection::shutdownInput);
      case 19 -> oneIn(4, connection::close);
      default -> readable(connection);
    }
  }

  private void oneIn(int n, Runnable action) {
    if (random.nextInt(n) == 0) {
      action.run();
    }
  }

  private void write(int length) {
    if (connection.write(storm.pattern().address(0), length, this) > 0) {
      storm.holds(1);
    }
  }

  @Override
  public void connected(TcpConnection c) {}

  @Override
  public void readable(TcpConnection c) {
    byte[] buffer = storm.scratch();
    int n = 1;
    while (reads && n > 0) {
      n = c.read(buffer, 0, buffer.length);
    }
    if (n < 0 && storm.isEnding()) {
      c.close();
    }
  }

  @Override
  public void writable(TcpConnection c) {}

  @Override
  public void released(TcpConnection c, Object buffer) {
    storm.holds(-1);
  }

  @Override
  public void closed(TcpConnection c, TcpError error) {
    storm.gone(this);
  }
}
