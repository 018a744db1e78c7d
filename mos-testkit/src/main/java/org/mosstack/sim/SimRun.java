package org.mosstack.sim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.tcp.CostRule;
import org.mosstack.tcp.TcbRules;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.Pattern;
import org.mosstack.testkit.StackPair;
import org.mosstack.time.Clock;

/**
 * One run of a plan: two stacks, a link, applications, and all the rules, checked after each turn.
 * It only depends on the plan and the faults left out.
 */
final class SimRun implements WireWatcher {
  static final int PORT = 80;
  private static final int BACKLOG = 256;
  private static final int MAX_CONNECTIONS = 2000;
  private static final int MAX_BUFFERS = 4000;

  /** Time for TIME_WAIT and other remnants to end after the applications are done. */
  private static final long QUIET_NANOS = 1_000_000_000_000L;

  /**
   * Whoever received something this long ago, ten of the longest timeouts, hasn't stalled: without
   * timestamps the timeout stays that long as long as only retransmissions are acknowledged (RFC
   * 6298 section 3).
   */
  private static final long PROGRESS_NANOS = 600_000_000_000L;

  /** By then, keepalive has found out whether there is still a peer. */
  private static final long PROBING_NANOS = 60_000_000_000L;

  /** Turns between two scans of the whole flow tables. */
  private static final int TURNS_PER_SCAN = 1024;

  /** Far more than the worst link requires: beyond this, two stacks keep each other busy. */
  private static final long MAX_TURNS = 3_000_000;

  private final RunPlan plan;
  private final Pattern pattern;
  private final FaultLog faults;
  private final Trace trace;
  private final Findings findings = new Findings();
  private final TcbRules rules = new TcbRules(findings::report);
  private final CostRule serverCost = new CostRule(CostRule.STEPS_PER_SEGMENT, findings::report);
  private final CostRule clientCost = new CostRule(CostRule.STEPS_PER_SEGMENT, findings::report);
  private final WireRules wireRules;
  private final Unanswered unanswered = new Unanswered();
  private final Dice forgeryDice;
  private final Forger forger;
  private final boolean windowsAreFalse;
  private final List<SimConnection> connections = new ArrayList<>();
  private final List<SimEndpoint> endpoints = new ArrayList<>();
  private final Map<Integer, SimConnection> byPort = new HashMap<>();
  private final byte[] readTarget = new byte[SimEndpoint.READ_BYTES];
  private StackPair sim;
  private SimLink link;
  private TcpConnection anyOfServer;
  private TcpConnection anyOfClient;
  private int started;
  private boolean planChanged;
  private long progressUntilNanos;
  private boolean probed;
  private long nextForgeryNanos = SimEndpoint.NEVER;
  private long forgeries;
  private long turns;
  private long digest;

  private SimRun(RunPlan plan, Set<Long> leftOut, Pattern pattern, Trace trace) {
    this.plan = plan;
    this.pattern = pattern;
    this.trace = trace;
    faults = new FaultLog(leftOut);
    boolean losesCarrier = plan.outages.stream().anyMatch(Outage::carrier);
    wireRules = new WireRules(plan.mtu, true, losesCarrier, findings);
    windowsAreFalse =
        plan.toServer.claim == FalseClaim.SHRUNK_WINDOW
            || plan.toClient.claim == FalseClaim.SHRUNK_WINDOW;
    forgeryDice = new Dice(plan.seed + 1);
    forger = new Forger(plan.seed + 2);
  }

  /**
   * Runs a plan.
   *
   * @param leftOut numbers of the faults that don't strike
   * @param pattern data to send
   * @param trace where it is recorded, or null
   */
  static RunResult run(RunPlan plan, Set<Long> leftOut, Pattern pattern, Trace trace) {
    SimRun run = new SimRun(plan, leftOut, pattern, trace);
    return run.execute();
  }

  // ---- For the endpoints ----

  Pattern pattern() {
    return pattern;
  }

  /** Returns a read buffer shared by all endpoints. */
  byte[] readTarget() {
    return readTarget;
  }

  TcbRules rules() {
    return rules;
  }

  Findings findings() {
    return findings;
  }

  long now() {
    return sim.now();
  }

  /** Called when an endpoint has scheduled its next move. */
  void actScheduled() {
    planChanged = true;
  }

  /** Called when an endpoint's connection is over. */
  void ended() {
    planChanged = true;
  }

  void event(String who, String what) {
    if (trace != null) {
      trace.line(who + " " + what);
    }
  }

  // ---- On the link ----

  @Override
  public void sent(int direction, FrameView frame) {
    if (trace != null) {
      trace.sent(direction, frame);
    }
    digest = (digest + link.now() + frame.frameBytes) * 0x9E37_79B9_7F4A_7C15L;
    if (frame.tcp) {
      digest = (digest ^ frame.seq) * 31 + frame.ack + frame.flags;
    }
    wireRules.sent(direction, frame);
    if (frame.tcp) {
      unanswered.sent(direction, frame);
    } else {
      unanswered.other();
    }
  }

  @Override
  public void fate(String what, boolean isLost) {
    if (trace != null) {
      trace.fate(what);
    }
    if (isLost) {
      unanswered.isLost();
    }
  }

  /** Returns how often an endpoint's connection has sent what its peer hasn't acknowledged. */
  int unanswered(int direction, TcpConnection c) {
    return unanswered.of(direction, c.local().port(), c.remote().port());
  }

  // ---- The run ----

  private RunResult execute() {
    try (StackPair simulation =
        new StackPair.Setup(plan.seed)
            .mos(plan.mos)
            .limits(MAX_CONNECTIONS, MAX_BUFFERS)
            .cable(this::makeLink)
            .afterTurn(this::afterTurn)
            .start()) {
      sim = simulation;
      prepare();
      live();
      settle();
      return result();
    } catch (IOException | RuntimeException | AssertionError e) {
      findings.report("exception", e + " at " + place(e));
      return result();
    }
  }

  private static String place(Throwable e) {
    StackTraceElement[] frames = e.getStackTrace();
    return frames.length == 0 ? "an unknown place" : frames[0].toString();
  }

  private SimLink makeLink(Clock clock) {
    if (trace != null) {
      trace.begin(clock);
    }
    link =
        new SimLink(
            clock,
            plan.toServer,
            plan.toClient,
            plan.outages,
            plan.mtu,
            false,
            plan.seed,
            faults,
            this);
    return link;
  }

  private void prepare() throws IOException {
    plan.connections.stream()
        .sorted(Comparator.comparingLong(ConnectionPlan::startNanos))
        .forEach(c -> connections.add(new SimConnection(this, c)));
    for (SimConnection c : connections) {
      endpoints.add(c.opener);
      endpoints.add(c.accepter);
    }
    listen(sim.server, true);
    listen(sim.client, false);
    if (plan.forgeryNanos > 0) {
      nextForgeryNanos = sim.now() + forgeryDice.below(2 * plan.forgeryNanos);
    }
  }

  private void listen(MosStack stack, boolean fromClient) throws IOException {
    SocketOptions options =
        SocketOptions.builder().congestion(Scenario.congestion(plan.seed)).build();
    stack.listen(
        Endpoint.any(PORT), BACKLOG, options, -1, (l, core) -> acceptAll(l, core, fromClient));
  }

  private void acceptAll(TcpListener listener, int core, boolean fromClient) {
    for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
      SimConnection connection = byPort.get(portKey(c.remote().port(), fromClient));
      if (connection == null || connection.accepter.wasOpen()) {
        findings.report("accepted-nobody", c.toString());
        c.abort();
        continue;
      }
      keepAny(c, fromClient);
      event("#" + connection.plan.id() + " accepter", "accepted");
      connection.accepter.accepted(c);
    }
  }

  private static int portKey(int port, boolean fromClient) {
    return fromClient ? port : -port;
  }

  private void keepAny(TcpConnection c, boolean ofServer) {
    if (ofServer) {
      anyOfServer = c;
    } else {
      anyOfClient = c;
    }
  }

  /** Runs until every application is done. */
  private void live() {
    long start = sim.now();
    long end = start + plan.limitNanos;
    while (!findings.any() && !isOver()) {
      long now = sim.now();
      if (now >= end && now < progressUntilNanos) {
        end = progressUntilNanos;
      } else if (now >= end) {
        if (probed || !allLostTheirPeers()) {
          findings.report("stalled", unfinished());
          return;
        }
        probed = true;
        connections.stream().filter(c -> !c.isOver()).forEach(SimConnection::probePeer);
        end += PROBING_NANOS;
      }
      open(start, now);
      for (int i = 0; i < endpoints.size(); i++) {
        endpoints.get(i).act(now);
      }
      if (now >= nextForgeryNanos) {
        forge();
      }
      planChanged = false;
      sim.runTo(() -> planChanged || findings.any(), Math.min(end, nextMove(start)));
    }
  }

  /** Called when an application has received something. */
  void received() {
    progressUntilNanos = sim.now() + PROGRESS_NANOS;
  }

  /** Half-open connections are detected by probing (RFC 9293 section 3.5.1). */
  private boolean allLostTheirPeers() {
    return plan.isLossy()
        && connections.stream().filter(c -> !c.isOver()).allMatch(SimConnection::lostItsPeer);
  }

  private boolean isOver() {
    if (started < connections.size()) {
      return false;
    }
    for (int i = 0; i < connections.size(); i++) {
      if (!connections.get(i).isOver()) {
        return false;
      }
    }
    return true;
  }

  private String unfinished() {
    StringBuilder s = new StringBuilder();
    for (SimConnection c : connections) {
      if (!c.isOver()) {
        s.append(s.isEmpty() ? "" : " | ").append(c);
      }
    }
    return s.toString();
  }

  private void open(long start, long now) {
    while (started < connections.size()
        && start + connections.get(started).plan.startNanos() <= now) {
      open(connections.get(started++));
    }
  }

  private void open(SimConnection connection) {
    boolean fromClient = connection.plan.fromClient();
    StackCore core = fromClient ? sim.clientCore() : sim.serverCore();
    int to = fromClient ? StackPair.SERVER_ADDRESS : StackPair.CLIENT_ADDRESS;
    try {
      event("#" + connection.plan.id() + " opener", "connects");
      TcpConnection c =
          core.connect(
              Endpoint.ANY,
              Endpoints.of(to, PORT),
              0,
              connection.plan.options(),
              connection.opener);
      connection.openerPort = c.local().port();
      byPort.put(portKey(c.local().port(), fromClient), connection);
      connection.opener.opening(c);
      keepAny(c, !fromClient);
    } catch (IOException e) {
      connection.refused = e.getMessage();
    }
  }

  private long nextMove(long start) {
    long next = nextForgeryNanos;
    if (started < connections.size()) {
      next = Math.min(next, start + connections.get(started).plan.startNanos());
    }
    for (int i = 0; i < endpoints.size(); i++) {
      next = Math.min(next, endpoints.get(i).nextActNanos());
    }
    return next;
  }

  private void forge() {
    nextForgeryNanos = sim.now() + 1 + forgeryDice.below(2 * plan.forgeryNanos);
    int at = forgeryDice.below(endpoints.size());
    SimEndpoint victim = endpoints.get(at);
    if (!victim.isOpen()) {
      return;
    }
    boolean atServer = isAtServer(at);
    LinkPort port = atServer ? link.server() : link.client();
    long from = atServer ? SimLink.CLIENT_MAC : SimLink.SERVER_MAC;
    byte[] frame = forger.forge(victim.connection(), from, port.mac());
    if (faults.strikes(FaultKind.FORGERY, atServer ? 0 : 1, forgeries++)) {
      event("somebody", "forges a segment to the " + (atServer ? "server" : "client"));
      port.inject(frame);
    }
  }

  private void afterTurn() {
    long now = link.now();
    long heldAtServer = 0;
    long heldAtClient = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      SimEndpoint e = endpoints.get(i);
      if (e.watch() != null) {
        rules.check(e.watch(), now);
        checkWindow(e, isAtServer(i));
        long held = CostRule.outstanding(e.connection());
        heldAtServer += isAtServer(i) ? held : 0;
        heldAtClient += isAtServer(i) ? 0 : held;
      }
    }
    cost(serverCost, anyOfServer, heldAtServer);
    cost(clientCost, anyOfClient, heldAtClient);
    if (++turns % TURNS_PER_SCAN == 0) {
      scan(now);
    }
    if (turns > MAX_TURNS) {
      findings.report("busy", "after " + turns + " turns: " + unfinished());
    }
  }

  private static void cost(CostRule rule, TcpConnection any, long held) {
    if (any != null) {
      rule.check(any, held);
    }
  }

  private boolean isAtServer(int endpoint) {
    boolean isAccepter = (endpoint & 1) == 1;
    return isAccepter == connections.get(endpoint / 2).plan.fromClient();
  }

  /** Checks that the window a connection uses is one that its peer has advertised. */
  private void checkWindow(SimEndpoint e, boolean atServer) {
    TcpConnection c = e.connection();
    if (windowsAreFalse || !TcbRules.knowsWindow(c)) {
      return;
    }
    int ack = TcbRules.sendWindowAck(c);
    int window = TcbRules.sendWindow(c);
    if (e.knowsWindow(ack, window)) {
      return;
    }
    int direction = atServer ? SimLink.TO_SERVER : SimLink.TO_CLIENT;
    int clientPort = atServer ? c.remote().port() : c.local().port();
    int serverPort = atServer ? c.local().port() : c.remote().port();
    if (!wireRules.offered(direction, clientPort, serverPort, ack, window)) {
      findings.report("window-misread", window + " bytes with ACK " + ack + ", " + c);
    }
  }

  private void scan(long now) {
    if (anyOfServer != null) {
      rules.checkAll(anyOfServer, now);
    }
    if (anyOfClient != null) {
      rules.checkAll(anyOfClient, now);
    }
  }

  /** After the applications are done: nothing of any connection may be left. */
  private void settle() {
    if (findings.any()) {
      return;
    }
    sim.runTo(() -> findings.any() || isQuiet(), sim.now() + QUIET_NANOS);
    scan(sim.now());
    for (SimConnection c : connections) {
      c.judge(plan, wireRules.wasHalfOpen(c.clientPort(), c.serverPort()), findings);
    }
    leaks("server", sim.server, sim.serverCore());
    leaks("client", sim.client, sim.clientCore());
  }

  /** Whether nothing is left that could still act, including on the link. */
  private boolean isQuiet() {
    return isQuiet(sim.server, sim.serverCore()) && isQuiet(sim.client, sim.clientCore());
  }

  private static boolean isQuiet(MosStack stack, StackCore core) {
    return stack.flows() == 0 && core.timers() == 0 && core.buffersInUse() == 0;
  }

  private void leaks(String who, MosStack stack, StackCore core) {
    none(who + "'s connections", core.connections());
    none(who + "'s flows", stack.flows());
    none(who + "'s timers", core.timers());
    none(who + "'s packet buffers", core.buffersInUse());
    if (stack.count(Counter.HANDLER_EXCEPTIONS) != 0) {
      findings.report("handler-exception", who);
    }
    if (stack.count(Counter.PACKET_EXCEPTIONS) != 0) {
      findings.report("packet-exception", who);
    }
  }

  private void none(String what, int left) {
    if (left != 0) {
      findings.report("left-over", left + " of " + what);
    }
  }

  private RunResult result() {
    int complete = 0;
    for (SimConnection c : connections) {
      complete += c.opener.isComplete() && c.accepter.isComplete() ? 1 : 0;
    }
    long segments = 0;
    long passed = 0;
    if (sim != null) {
      segments =
          sim.server.count(Counter.TCP_SEGMENTS_SENT) + sim.client.count(Counter.TCP_SEGMENTS_SENT);
      passed = sim.now() - StackPair.START_NANOS;
    }
    if (trace != null && findings.any()) {
      trace.line(findings.describe());
    }
    return new RunResult(
        findings.rule(),
        findings.any() ? findings.describe() : null,
        started,
        complete,
        segments,
        passed,
        digest,
        faults.counts(),
        faults.struck());
  }
}
