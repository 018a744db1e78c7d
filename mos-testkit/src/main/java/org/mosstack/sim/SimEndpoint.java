package org.mosstack.sim;

import org.mosstack.sim.ConnectionPlan.Manner;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.socket.TcpState;
import org.mosstack.tcp.TcbRules;
import org.mosstack.testkit.Pattern;

/**
 * An application at one end of a simulated connection. It is either eager, doing everything
 * immediately within its events, or moody, making a random move now and then.
 */
final class SimEndpoint implements TcpHandler {
  static final int READ_BYTES = 8192;
  private static final int EAGER_WRITE_BYTES = 5000;

  /** Moves without effect slow it down, up to this interval, so that long silences cost little. */
  private static final long MAX_ACT_NANOS = 1_000_000_000;

  private static final int PROBES = 9;

  /** The first transmission and eight retransmissions. */
  private static final int ORPHAN_TRANSMISSIONS = 9;

  static final long NEVER = Long.MAX_VALUE;

  private final SimRun run;
  private final String name;
  private final Manner manner;
  private final int toSend;
  private final int toReceive;

  /** The direction it sends in. */
  private final int direction;

  private final long sendStart;
  private final long receiveStart;
  private final Dice dice;
  private TcpConnection connection;
  private TcbRules.Watch watch;
  private TcpError error;
  private boolean open;
  private boolean everOpen;
  private boolean blocked;
  private boolean end;
  private boolean aborted;
  private boolean closed;
  private boolean gaveUp;
  private int sent;
  private int received;
  private int accepted;
  private int released;
  private long actNanos;
  private long nextActNanos = NEVER;
  private int windowAck;
  private int window = -1;

  SimEndpoint(
      SimRun run,
      String name,
      Manner manner,
      int toSend,
      int toReceive,
      long stream,
      long seed,
      int direction) {
    this.run = run;
    this.name = name;
    this.manner = manner;
    this.toSend = toSend;
    this.toReceive = toReceive;
    this.direction = direction;
    boolean isOpener = (stream & 1) == 0;
    sendStart = Pattern.start(stream);
    receiveStart = Pattern.start(isOpener ? stream + 1 : stream - 1);
    dice = new Dice(seed);
    actNanos = manner.actNanos();
  }

  // ---- Queries by the run ----

  TcpConnection connection() {
    return connection;
  }

  TcbRules.Watch watch() {
    return watch;
  }

  boolean isOpen() {
    return open && connection != null;
  }

  /** Whether it was ever connected. */
  boolean wasOpen() {
    return everOpen;
  }

  TcpError error() {
    return error;
  }

  /** Returns the number of buffers accepted and not yet released. */
  int held() {
    return accepted - released;
  }

  boolean isComplete() {
    return sent == toSend && received == toReceive && end;
  }

  /** Whether its own application has reset the connection. */
  boolean hasAborted() {
    return aborted;
  }

  /**
   * Whether its stack legitimately gave up the peer after its application had closed the
   * connection: it sent its oldest byte as often as it then does, and none was acknowledged.
   */
  boolean gaveUp() {
    return gaveUp;
  }

  /** Whether nothing it does or has done makes its stack send any more. */
  boolean onlyWaits() {
    return isOpen()
        && connection.state() == TcpState.ESTABLISHED
        && sent == toSend
        && TcbRules.queuedBytes(connection) == 0;
  }

  /** Probes whether the peer is still there, as a server that has waited too long does. */
  void probePeer() {
    run.event(name, "turns keep-alive on");
    connection.keepAliveTimes(1, 1, PROBES);
    connection.keepAlive(true);
  }

  long nextActNanos() {
    return nextActNanos;
  }

  /** Whether its connection's window is unchanged since the last call. */
  boolean knowsWindow(int ack, int bytes) {
    boolean same = ack == windowAck && bytes == window;
    windowAck = ack;
    window = bytes;
    return same;
  }

  // ---- Its life ----

  /** Called when its SYN has been sent. */
  void opening(TcpConnection c) {
    connection = c;
    watch = run.rules().watch(c);
  }

  /** Called when a listener has accepted its connection. */
  void accepted(TcpConnection c) {
    c.handler(this);
    opening(c);
    begin();
  }

  @Override
  public void connected(TcpConnection c) {
    run.event(name, "connected");
    begin();
  }

  private void begin() {
    open = true;
    everOpen = true;
    if (isMoody()) {
      scheduleAct();
    } else {
      writeAll();
      closeWhenDone();
    }
  }

  private boolean isMoody() {
    return manner.actNanos() > 0;
  }

  private void scheduleAct() {
    nextActNanos = run.now() + 1 + dice.below(2 * actNanos);
    run.actScheduled();
  }

  @Override
  public void readable(TcpConnection c) {
    if (!isMoody()) {
      readAll();
      closeWhenDone();
    } else if (dice.below(3) == 0) {
      read(1 + dice.below(READ_BYTES));
    }
  }

  @Override
  public void writable(TcpConnection c) {
    blocked = false;
    if (!isMoody()) {
      writeAll();
      closeWhenDone();
    }
  }

  @Override
  public void released(TcpConnection c, Object buffer) {
    released++;
    if (buffer != this) {
      run.findings().report("released", "somebody else's buffer, to " + name);
    }
  }

  @Override
  public void closed(TcpConnection c, TcpError e) {
    run.event(name, "closed: " + e);
    if (error != null) {
      run.findings().report("closed-twice", name);
    }
    error = e;
    gaveUp =
        closed && e == TcpError.TIMED_OUT && run.unanswered(direction, c) >= ORPHAN_TRANSMISSIONS;
    connection = null;
    watch = null;
    open = false;
    nextActNanos = NEVER;
    run.ended();
  }

  // ---- Its moves ----

  /** Makes a move if it is due. */
  void act(long now) {
    if (nextActNanos > now) {
      return;
    }
    nextActNanos = NEVER;
    if (!isOpen()) {
      return;
    }
    int before = sent + received;
    move();
    if (!isOpen()) {
      return;
    }
    boolean progress = sent + received != before;
    actNanos = progress ? manner.actNanos() : Math.min(actNanos + actNanos / 4 + 1, MAX_ACT_NANOS);
    closeWhenDone();
    if (isOpen()) {
      scheduleAct();
    }
  }

  private void move() {
    switch (dice.below(24)) {
      case 0, 1, 2, 3, 4, 5, 6 -> read(1 + dice.below(READ_BYTES));
      case 7 -> read(1);
      case 8, 9, 10, 11, 12, 13, 14 -> write(1 + dice.below(6000));
      case 15 -> write(1);
      case 16 -> connection.noDelay(dice.below(2) == 0);
      case 17 -> connection.receiveBuffer(2048 << dice.below(4));
      case 18 -> connection.sendBuffer(2048 << dice.below(4));
      case 19 -> connection.quickAck(dice.below(2) == 0);
      case 20 -> connection.cork(dice.below(2) == 0);
      case 21 -> connection.notSentLowat(dice.below(2) == 0 ? 0 : dice.below(8192));
      default -> {}
    }
  }

  private void writeAll() {
    while (isOpen() && sent < toSend && !blocked) {
      write(EAGER_WRITE_BYTES);
    }
  }

  private void write(int wanted) {
    int length = Math.min(wanted, toSend - sent);
    if (length == 0 || blocked) {
      return; // like a transport, waits for writable()
    }
    int n = connection.write(run.pattern().address(sendStart + sent), length, this);
    sent += n;
    accepted += n > 0 ? 1 : 0;
    blocked = n < length;
  }

  private void readAll() {
    int n = 1;
    while (n > 0 && isOpen()) {
      n = read(READ_BYTES);
    }
  }

  private int read(int length) {
    byte[] target = run.readTarget();
    int n = connection.read(target, 0, length);
    if (n < 0) {
      if (!end) {
        run.event(name, "end of stream");
      }
      end = true;
      return n;
    }
    if (received + n > toReceive) {
      run.findings()
          .report("bytes-added", received + n + " of " + toReceive + " received by " + name);
      return 0;
    }
    int wrong = run.pattern().mismatch(target, n, receiveStart + received);
    if (wrong >= 0) {
      run.findings().report("bytes-changed", "byte " + (received + wrong) + " of " + name);
    }
    received += n;
    if (n > 0) {
      run.received();
    }
    if (manner.abortsAt() >= 0 && received >= manner.abortsAt()) {
      run.event(name, "aborts");
      aborted = true;
      connection.abort();
      open = false;
      return 0;
    }
    return n;
  }

  private void closeWhenDone() {
    if (!isOpen()) {
      return;
    }
    boolean mayClose = end || !manner.waitsForEnd();
    if (sent == toSend && mayClose && !connection.isOutputShutdown()) {
      run.event(name, "shuts its output down");
      connection.shutdownOutput();
    }
    if (end && connection.isOutputShutdown()) {
      open = false;
      nextActNanos = NEVER;
      closed = true;
      connection.close();
    }
  }

  @Override
  public String toString() {
    return name
        + " sent "
        + sent
        + "/"
        + toSend
        + ", received "
        + received
        + "/"
        + toReceive
        + (end ? " and the end" : "")
        + ", "
        + (error != null ? error : connection != null ? connection.state() : "no connection");
  }
}
