package org.mosstack.tcp;

import java.io.IOException;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.mosstack.header.Ip4Address;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.TransportInput;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.random.SipHash;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.scoreboard.StepCount;
import org.mosstack.tcp.segment.Segment;

/**
 * One core's TCP: its connections, their timers and pending work, and the order of a turn.
 *
 * <p>In a turn, segments come in through {@link #transport()}, {@link #advanceTime} fires what is
 * due, {@link #dispatch} tells the applications, and {@link #flush} sends. Only the core's thread
 * may enter this class.
 */
public final class TcpCore {
  /** Minimum buffer size that can be set, in bytes. */
  static final int MIN_BUFFER_BYTES = 2048;

  private static final int NANOS_PER_MILLI = 1_000_000;

  private final TcpConfig config;
  private final MbufPool pool;
  private final Counters counters;
  private final TimerWheel wheel;
  private final TcpTimers timers;
  private final ExpiredTimers expired;
  private final TcpOutput output;
  private final TcpInput input;
  private final Handshake handshake;
  private final OpeningConnections opening;
  private final TurnQueues pending;
  private final SpareParts spares;
  private final BufferAutoTuning tuning;
  private final TcpMemory memory;
  private final MemorySweep memorySweep;
  private final ReceivedPackets received;
  private final FastOpen fastOpen;
  private final HandlerFailures failures;
  private final EndedConnections ended;
  private final TakenPorts takenPorts = new TakenPorts();

  // Tests look at these, too.
  final FlowTable flows;
  final TimeWaitTable timeWaits;
  final FlowPlacement placement;
  final Orphans orphans;
  final StepCount steps = new StepCount();

  private long now;
  private boolean inputWaits;
  private boolean closing;

  private Interlude interlude = Interlude.NONE;

  /**
   * Creates an idle core.
   *
   * @param config limits and timeouts
   * @param ip the IP layer of the same core
   * @param pool the core's packet buffers
   * @param counters the core's counters
   * @param listeners the stack's listeners, shared by its cores
   * @param random source of secrets and ports; seeded in tests
   * @param nowNanos the current time
   */
  public TcpCore(
      TcpConfig config,
      IpLayer ip,
      MbufPool pool,
      Counters counters,
      ListenerTable listeners,
      RandomGenerator random,
      long nowNanos) {
    this.config = config;
    this.pool = pool;
    this.counters = counters;
    now = nowNanos;
    flows = new FlowTable(new SipHash(random.nextLong(), random.nextLong()));
    int max = config.maxConnections();
    MovedFlows moved = new MovedFlows(index(), flows, max + TimeWaitTable.limit(max));
    listeners.movedFlows(index(), moved);
    failures = new HandlerFailures(this, counters);
    placement = new FlowPlacement(this, listeners, moved, failures, counters);
    timeWaits =
        new TimeWaitTable(
            flows, takenPorts, placement, max, config.timeWaitNanos(), nowNanos, counters);
    TcpProtection protection = config.protection();
    int dataRoom = pool.dataRoomBytes();
    memory = new TcpMemory(protection, dataRoom, counters);
    spares = new SpareParts(this, memory, steps);
    pending = new TurnQueues(this, spares, failures);
    received = new ReceivedPackets(pool, memory, spares, config.maxBuffers(), counters);
    ended = new EndedConnections(received, pending);
    orphans = new Orphans(this, protection, counters);
    long zeroWindowNanos = protection.zeroWindowNanos();
    memorySweep =
        new MemorySweep(this, memory, received, flows, ended, listeners, zeroWindowNanos, counters);
    tuning = new BufferAutoTuning(this, received, config);
    PathMtu pathMtu = new PathMtu(this, ip.pathMtus(), pending, spares, counters);
    Ecn ecn = new Ecn(pending, config.ecn(), counters);
    wheel = new TimerWheel(nowNanos);
    timers = new TcpTimers(this, wheel, config.idleTimeoutNanos());
    output = new TcpOutput(this, ip, pool, timers, pending, spares, pathMtu.probe(), counters);
    Acknowledgments acknowledgments =
        new Acknowledgments(this, output, timers, pending, spares, orphans, tuning, ecn, counters);
    Admission admission = new Admission(this, ip, placement, memory, orphans, max, counters);
    FastOpenCookies fastOpenCookies = listeners.fastOpenCookies();
    fastOpen =
        new FastOpen(
            this,
            output,
            timers,
            pending,
            spares,
            received,
            admission,
            fastOpenCookies,
            protection,
            counters);
    EphemeralPorts ports =
        new EphemeralPorts(this, flows, timeWaits, listeners, placement, takenPorts, random);
    opening = new OpeningConnections(this, random);
    IsnGenerator isns = listeners.isnGenerator();
    ConnectionSetup setup =
        new ConnectionSetup(this, flows, timeWaits, spares, tuning, isns, dataRoom, counters);
    handshake =
        new Handshake(
            this,
            ip,
            output,
            timers,
            pending,
            ports,
            opening,
            admission,
            setup,
            timeWaits,
            fastOpen,
            pathMtu,
            ecn,
            protection.synCookies(),
            listeners.synCookies(),
            counters);
    ChallengeLimit challenges = new ChallengeLimit(random, nowNanos);
    SegmentArrives segmentArrives =
        new SegmentArrives(
            this,
            handshake,
            fastOpen,
            acknowledgments,
            output,
            timers,
            pending,
            received,
            tuning,
            pathMtu,
            ecn,
            new ChallengeAcks(this, output, challenges, counters),
            counters);
    TimeWaitArrives timeWaitArrives =
        new TimeWaitArrives(this, timeWaits, ip, pool, output, challenges, counters);
    input =
        new TcpInput(
            this,
            flows,
            timeWaits,
            placement,
            handshake,
            segmentArrives,
            timeWaitArrives,
            opening,
            pathMtu,
            output,
            counters);
    expired =
        new ExpiredTimers(
            this,
            timers,
            output,
            pending,
            spares,
            handshake,
            fastOpen,
            acknowledgments,
            pathMtu,
            ecn,
            config.idleTimeoutNanos(),
            counters);
  }

  /** Returns what the IP layer hands segments to. */
  public TransportInput transport() {
    return input;
  }

  // ---- The turn ----

  /** Sets the time of the turn that is beginning. */
  public void now(long nowNanos) {
    now = nowNanos;
  }

  /** The time of the turn, in nanoseconds. */
  public long now() {
    return now;
  }

  /**
   * Sets whether segments may have arrived that haven't been processed yet: a missing
   * acknowledgment then says nothing about losses.
   */
  public void inputWaits(boolean inputWaits) {
    this.inputWaits = inputWaits;
  }

  boolean inputWaits() {
    return inputWaits;
  }

  /**
   * Fires the timers that are due.
   *
   * @return how many connections were examined
   */
  public int advanceTime() {
    return wheel.advance(now, expired)
        + timeWaits.advance(now)
        + memorySweep.run()
        + opening.tell();
  }

  /** Time by which {@link #advanceTime} must be called; Long.MAX_VALUE when there is none. */
  public long nextDeadlineNanos() {
    if (opening.hasNews()) {
      return now;
    }
    long next = Math.min(wheel.nextDeadlineNanos(), memorySweep.nextNanos());
    return Math.min(next, timeWaits.nextDeadlineNanos(now));
  }

  /** Number of connections whose handlers {@link #dispatch} is going to call. */
  public int eventCount() {
    return pending.eventCount();
  }

  /** Whether something waits for {@link #dispatch} or {@link #flush}. */
  public boolean hasWork() {
    return !pending.isEmpty();
  }

  /**
   * Tells the applications what happened since the last call.
   *
   * @return how many were told
   */
  public int dispatch() {
    return pending.dispatch(ended);
  }

  /**
   * Sends what may be sent: data first, as it carries ACKs; then the remaining ACKs, for which data
   * leaves room in the transmit ring. SYNs and RSTs go out before either.
   */
  public void flush() {
    pending.flush(output);
  }

  /** Like {@link #flush}, in an {@link Interlude}, when applications have their turn. */
  public void send() {
    pending.send(output);
  }

  /** Sets what happens when an application goes on writing; nothing by default. */
  public void interlude(Interlude interlude) {
    this.interlude = interlude;
  }

  Interlude interlude() {
    return interlude;
  }

  /** See {@link HandlerFailures#log}. */
  public void onHandlerFailure(BiConsumer<String, Throwable> log) {
    failures.log(log);
  }

  /** See {@link HandlerFailures#thrown(Counter, String, Object, Throwable)}. */
  public void thrown(Counter counter, String where, Object whom, Throwable thrown) {
    failures.thrown(counter, where, whom, thrown);
  }

  /** Whether a connection in any state, TIME_WAIT included, has these endpoints. */
  boolean knows(int localAddress, int localPort, int remoteAddress, int remotePort) {
    return flows.find(localAddress, localPort, remoteAddress, remotePort) != null
        || timeWaits.find(localAddress, localPort, remoteAddress, remotePort) != TimeWaitTable.NONE;
  }

  int index() {
    return config.core();
  }

  // ---- What connections use, which have no fields for it ----

  TurnQueues pending() {
    return pending;
  }

  TcpTimers timers() {
    return timers;
  }

  SpareParts spares() {
    return spares;
  }

  TcpMemory memory() {
    return memory;
  }

  ReceivedPackets received() {
    return received;
  }

  BufferAutoTuning tuning() {
    return tuning;
  }

  TcpConfig config() {
    return config;
  }

  Counters counters() {
    return counters;
  }

  // ---- Opening and closing ----

  /** Frees the segment's packet unless it has been taken. */
  void free(Segment seg) {
    if (seg.mbuf != 0) {
      pool.free(seg.takeMbuf());
    }
  }

  /** See {@link Handshake#connect}. */
  public TcpConnection connect(
      int localAddress,
      int localPort,
      int remoteAddress,
      int remotePort,
      long timeoutNanos,
      SocketOptions options,
      TcpHandler handler)
      throws IOException {
    if (closing) {
      throw new IOException("The stack is being closed");
    }
    return handshake.connect(
        localAddress, localPort, remoteAddress, remotePort, timeoutNanos, options, handler);
  }

  /** Our timestamp: milliseconds, with a per-connection offset (RFC 7323 section 5.4). */
  int timestamp(Tcb c) {
    return timestamp(c.tsOffset);
  }

  /** The same for a connection with this offset. */
  int timestamp(int tsOffset) {
    return (int) (now / NANOS_PER_MILLI) + tsOffset;
  }

  void shutdownOutput(Tcb c) {
    if (c.finQueued) {
      return;
    }
    switch (c.state()) {
      case ESTABLISHED -> c.enter(TcpState.FIN_WAIT_1);
      case CLOSE_WAIT -> c.enter(TcpState.LAST_ACK);
      default -> {
        return;
      }
    }
    c.finQueued = true;
    pending.scheduleOutput(c);
  }

  void close(Tcb c) {
    if (c.appClosed) {
      return;
    }
    c.appClosed = true;
    switch (c.state()) {
      case CLOSED -> ended.tell(c);
      case SYN_SENT, SYN_RECEIVED -> abort(c, TcpError.ABORTED);
      case TIME_WAIT -> {
        timeWaits.disown(timeWaits.recordOf(c));
        ended.tell(c);
      }
      default -> {
        if (!c.receiveQueue.isEmpty()) {
          abort(c, TcpError.ABORTED);
          return;
        }
        shutdownOutput(c);
        if (c.state() == TcpState.FIN_WAIT_2) {
          timers.armClose(c, TcpTimers.FIN_WAIT_2_NANOS);
        }
        orphans.add(c);
      }
    }
  }

  /**
   * Ends the connection, with an RST where the peer knows of it. What the application wrote this
   * turn before it gave up is sent first, as a kernel would have done.
   */
  void abort(Tcb c, TcpError error) {
    if (error == TcpError.ABORTED) {
      output.send(c);
    }
    switch (c.state()) {
      case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK ->
          output.reset(c);
      case TIME_WAIT -> {
        timeWaits.remove(timeWaits.recordOf(c));
        c.error = error;
      }
      case CLOSED, SYN_SENT -> {}
    }
    destroy(c, error);
  }

  /**
   * Enters TIME_WAIT: our FIN is acknowledged and the peer's has arrived. A record waits for old
   * segments to die out; to an application that hasn't closed its side, the connection is in
   * TIME_WAIT for as long.
   */
  void timeWait(Tcb c) {
    int record = config.timeWaitNanos() == 0 ? TimeWaitTable.NONE : timeWaits.add(c, now);
    destroy(c, TcpError.NONE);
    if (record != TimeWaitTable.NONE && ended.holds(c)) {
      c.forgetDeadlines();
      timeWaits.own(record, c);
    }
  }

  /**
   * Ends the connection for TCP. After an error, the application is told at once; after an orderly
   * end, once it has closed its side.
   */
  void destroy(Tcb c, TcpError error) {
    if (c.state() == TcpState.CLOSED) {
      if (error != TcpError.NONE) {
        ended.tell(c);
      }
      return;
    }
    if (c.deferred) {
      c.listener.on(config.core()).synReceived--;
    } else if (c.state() == TcpState.SYN_RECEIVED && c.listener != null) {
      c.listener.on(config.core()).synReceived--;
      counters.increment(Counter.TCP_FAILED_OPENS);
    } else if (c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED) {
      counters.increment(Counter.TCP_FAILED_OPENS);
      fastOpen.openFailed(c, error);
    }
    if (c.synUnacked) {
      fastOpen.ended(c);
    }
    c.enter(TcpState.CLOSED);
    c.ackNow = false;
    wheel.cancel(c);
    flows.remove(c);
    takenPorts.free(c.localAddress, c.localPort, c.remoteAddress, c.remotePort);
    placement.over(c);
    ConnectionChain.leave(c);
    if (c.sendQueue != null) {
      spares.dropSendQueue(c);
    }
    if (c.reassembly != null) {
      received.drop(c);
    }
    spares.dropScoreboard(c);
    c.error = error;
    ended.add(c);
  }

  // ---- Application calls that touch more than the connection ----

  void afterRead(Tcb c) {
    if (c.mayReceive() && windowOpened(c)) {
      pending.ackNow(c);
    }
  }

  /** Whether reading has opened a small window by enough to be worth announcing. */
  private static boolean windowOpened(Tcb c) {
    int advertised = c.rcvWnd();
    int gain = c.receiveSpace() - advertised;
    return gain >= advertised && gain >= Math.min(c.receiveBuffer / 2, c.sndMssBase);
  }

  void armKeepalive(Tcb c) {
    if (c.state() != TcpState.CLOSED && c.state() != TcpState.TIME_WAIT) {
      timers.armKeepalive(c);
    }
  }

  void armUserTimeout(Tcb c) {
    if (c.state() == TcpState.CLOSED) {
      return;
    }
    if (c.retransmitDeadline != 0) {
      timers.armRetransmit(c);
    }
    if (c.persistDeadline != 0) {
      timers.armPersist(c);
    }
  }

  // ---- The core's limits, figures and end ----

  /** Number of connections in any state, TIME_WAIT included. */
  public int flowCount() {
    return flows.size() + timeWaits.size();
  }

  /** Number of connections that aren't in TIME_WAIT: those that {@code max_concurrency} limits. */
  public int connectionCount() {
    return flows.size();
  }

  /** Number of those that their application has closed. */
  public int closingCount() {
    return orphans.count();
  }

  /** Number of timers on the wheel: one for each connection that waits for something. */
  public int timerCount() {
    return wheel.entries();
  }

  /** Aborts all connections, tells their handlers and recycles them. */
  public void close() {
    closing = true;
    flows.forEach(c -> abort(c, TcpError.STACK_CLOSED));
    timeWaits.clear();
    ended.close();
    while (hasWork()) {
      dispatch();
      flush();
    }
    ended.close(); // what handlers have kept meanwhile
    orphans.close();
  }

  static String format(int address, int port) {
    return Ip4Address.format(address) + ":" + port;
  }
}
