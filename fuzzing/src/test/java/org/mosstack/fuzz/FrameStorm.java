package org.mosstack.fuzz;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FrameBytes;
import org.mosstack.testkit.FrameMutator;
import org.mosstack.testkit.Pattern;
import org.mosstack.testkit.StackPair;

/**
 * Sends mutated frames to two live stacks whose connections are in all states. Each seed gives one
 * run.
 *
 * <p>Frames of {@linkplain Victim victims'} connections, which open, write, close and abort at
 * random, are mutated arbitrarily, half of them with recomputed checksums. Alongside, {@link
 * Transfer}s run, whose frames are only damaged in ways that a checksum or a length reveals: they
 * may not lose or change a byte.
 */
final class FrameStorm implements AutoCloseable {
  private static final int PORT = 80;
  private static final int QUIET_PORT = 81;
  private static final int TRANSFER_PORT = 7000;
  private static final int ABSENT_HOST = 0x0A00_000B;

  private static final int FRAMES_PER_STEP = 32;
  private static final int VICTIMS = 40;
  private static final int TRANSFERS = 3;
  private static final int MODELS = 128;
  private static final int FRESH_BYTES = 40_000;

  /** Virtual time in which everything must end: more than R2 (RFC 9293 section 3.8.3). */
  private static final double LIMIT_SECONDS = 900;

  /**
   * The outcome of a run.
   *
   * @param frames number injected
   * @param mended number of those with recomputed checksums
   * @param victims number of victim connections opened
   * @param bytes moved by the transfers, all correct
   * @param counts both stacks' counters
   */
  record Outcome(long frames, long mended, long victims, long bytes, Map<Counter, Long> counts) {}

  private final long seed;
  private final SplittableRandom random;
  private final FrameMutator mutator;
  private final FrameCable cable = new FrameCable(this::watch);
  private final StackPair stacks;
  private final Pattern pattern = new Pattern();
  private final byte[] scratch = new byte[4096];
  private final TcpListener[] quiet = new TcpListener[2];
  private final int[] buffersAtStart = new int[2];

  // Indexed by the end the frames go to.
  private final List<List<byte[]>> victimFrames = List.of(new ArrayList<>(), new ArrayList<>());
  private final List<List<byte[]>> transferFrames = List.of(new ArrayList<>(), new ArrayList<>());
  private final List<List<byte[]>> madeFrames = new ArrayList<>();

  private final List<Victim> victims = new ArrayList<>();
  private final List<Transfer> clients = new ArrayList<>();
  private final Map<Integer, Transfer> servers = new HashMap<>(); // by the client's port

  private long frames;
  private long mended;
  private long opened;
  private long closed;
  private long held;
  private boolean ending;
  private boolean lossy = true;

  FrameStorm(long seed) throws IOException {
    this.seed = seed;
    random = new SplittableRandom(seed);
    mutator = new FrameMutator(random.split());
    stacks = cable.start(seed);
    stacks.run(0.001); // both have announced themselves
    madeFrames.add(MadeFrames.to(FrameCable.SERVER));
    madeFrames.add(MadeFrames.to(FrameCable.CLIENT));
    for (int end = 0; end < 2; end++) {
      buffersAtStart[end] = core(end).buffersInUse();
      stack(end).listen(Endpoint.any(PORT), 64, SocketOptions.DEFAULT, -1, this::acceptVictims);
      // Nobody accepts connections from this one: its queues fill.
      quiet[end] =
          stack(end).listen(Endpoint.any(QUIET_PORT), 4, SocketOptions.DEFAULT, -1, (_, _) -> {});
    }
    stack(FrameCable.SERVER)
        .listen(Endpoint.any(TRANSFER_PORT), 16, SocketOptions.DEFAULT, -1, this::acceptTransfers);
    for (int i = 0; i < TRANSFERS; i++) {
      openTransfer();
    }
    boolean connected = stacks.runUntil(() -> servers.size() == TRANSFERS, LIMIT_SECONDS);
    check(connected, "the transfers don't connect");
  }

  private MosStack stack(int end) {
    return end == FrameCable.SERVER ? stacks.server : stacks.client;
  }

  private StackCore core(int end) {
    return stack(end).core(0);
  }

  // ---- Queries by victims ----

  Pattern pattern() {
    return pattern;
  }

  byte[] scratch() {
    return scratch;
  }

  boolean isEnding() {
    return ending;
  }

  void holds(int more) {
    held += more;
  }

  void gone(Victim victim) {
    closed += victims.remove(victim) ? 1 : 1_000_000; // a second time shows in the sum
  }

  // ---- Connections ----

  private void acceptVictims(TcpListener listener, int core) {
    for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
      Victim victim = new Victim(this, random.split());
      victim.connection = c;
      c.handler(victim);
      victims.add(victim);
      opened++;
    }
  }

  private void acceptTransfers(TcpListener listener, int core) {
    for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
      Transfer transfer = new Transfer(pattern);
      transfer.start(c);
      servers.put(c.remote().port(), transfer);
    }
  }

  private Transfer openTransfer() throws IOException {
    Transfer transfer = new Transfer(pattern);
    StackCore client = core(FrameCable.CLIENT);
    transfer.connection =
        client.connect(
            new Endpoint(Ip4Address.toInet(StackPair.SERVER_ADDRESS), TRANSFER_PORT), transfer);
    clients.add(transfer);
    return transfer;
  }

  private void openVictim() throws IOException {
    int[] ports = {PORT, PORT, PORT, PORT, QUIET_PORT, 9};
    boolean fromClient = random.nextBoolean();
    int to = fromClient ? StackPair.SERVER_ADDRESS : StackPair.CLIENT_ADDRESS;
    if (random.nextInt(8) == 0) {
      to = ABSENT_HOST;
    }
    Victim victim = new Victim(this, random.split());
    StackCore core = core(fromClient ? FrameCable.CLIENT : FrameCable.SERVER);
    victim.connection =
        core.connect(
            new Endpoint(Ip4Address.toInet(to), ports[random.nextInt(ports.length)]), victim);
    victims.add(victim);
    opened++;
  }

  // ---- Frames ----

  /** Recent frames are the models: their numbers are those of live connections. */
  private boolean watch(byte[] frame, int end) {
    boolean transfers =
        FrameBytes.isTcp(frame)
            && (FrameBytes.u16(frame, FrameBytes.TCP) == TRANSFER_PORT
                || FrameBytes.u16(frame, FrameBytes.TCP + 2) == TRANSFER_PORT);
    List<byte[]> models = (transfers ? transferFrames : victimFrames).get(end);
    if (models.size() < MODELS) {
      models.add(frame);
    } else {
      models.set(random.nextInt(MODELS), frame);
    }
    return !lossy || random.nextInt(50) != 0;
  }

  private byte[] any(List<byte[]> models) {
    return models.get(random.nextInt(models.size()));
  }

  private void injectOne() {
    int end = random.nextInt(2);
    List<byte[]> models = victimFrames.get(end);
    int kind = random.nextInt(16);
    byte[] frame;
    if (kind < 2 && !transferFrames.get(end).isEmpty()) {
      frame = mutator.damage(any(transferFrames.get(end)));
    } else {
      boolean right = kind >= 7;
      byte[] model = kind == 15 || models.isEmpty() ? any(madeFrames.get(end)) : any(models);
      byte[] other = models.isEmpty() || random.nextBoolean() ? model : any(models);
      frame = mutator.mutate(model, other, right);
      mended += right ? 1 : 0;
    }
    if (kind >= 2 && random.nextInt(10) == 0) {
      mutator.pieces(frame).forEach(piece -> cable.inject(piece, end));
    } else {
      cable.inject(frame, end);
    }
    frames++;
  }

  // ---- The run ----

  /**
   * Injects frames, lets all connections end, and checks that nothing is left or broken.
   *
   * @param count number of frames
   * @throws AssertionError if something is; the message contains the seed
   */
  Outcome run(long count) {
    try {
      while (frames < count) {
        step((int) Math.min(FRAMES_PER_STEP, count - frames));
      }
      end();
    } catch (RuntimeException | IOException e) {
      throw new AssertionError("seed " + seed + ", frame " + frames, e);
    }
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    for (Counter each : Counter.values()) {
      counts.put(each, stack(0).count(each) + stack(1).count(each));
    }
    check(counts.get(Counter.HANDLER_EXCEPTIONS) == 0, "an event threw");
    check(counts.get(Counter.PACKET_EXCEPTIONS) == 0, "a packet threw");
    long bytes = clients.stream().mapToLong(c -> c.sent + c.received).sum();
    return new Outcome(frames, mended, opened, bytes, counts);
  }

  private void step(int count) throws IOException {
    while (victims.size() < VICTIMS) {
      openVictim();
    }
    for (int i = 0; i < count; i++) {
      injectOne();
    }
    for (int i = 0; i < 4; i++) {
      victims.get(random.nextInt(victims.size())).act();
      if (victims.isEmpty()) {
        break;
      }
    }
    clients.forEach(transfer -> transfer.send(random.nextInt(600)));
    servers.values().forEach(transfer -> transfer.send(random.nextInt(600)));
    stacks.run(random.nextInt(64) == 0 ? random.nextDouble(3) : random.nextDouble(0.000_3));
  }

  private void end() throws IOException {
    ending = true;
    lossy = false;
    check(stacks.runUntil(cable::isQuiet, LIMIT_SECONDS), "frames aren't taken");
    endTransfers("beside mutated frames");
    for (Victim victim : List.copyOf(victims)) {
      if (random.nextBoolean()) {
        victim.connection.close();
      } else {
        victim.connection.abort();
      }
    }
    check(stacks.runUntil(victims::isEmpty, LIMIT_SECONDS), victims.size() + " don't end");
    for (TcpListener listener : quiet) {
      listener.close();
      listener.drain(0); // connections that ended in its queue are kept until accepted
    }
    Transfer fresh = openTransfer();
    check(stacks.runUntil(() -> servers.size() > TRANSFERS, LIMIT_SECONDS), "no new connection");
    Transfer other = servers.get(fresh.connection.local().port());
    stacks.runUntil(
        () -> {
          fresh.send((int) (FRESH_BYTES - fresh.sent));
          other.send((int) (FRESH_BYTES - other.sent));
          return fresh.received == FRESH_BYTES && other.received == FRESH_BYTES;
        },
        LIMIT_SECONDS);
    check(fresh.received == FRESH_BYTES, "a new connection stalls: " + fresh);
    endTransfers("after the mutated frames");
    stacks.run(LIMIT_SECONDS); // the quiet listener's connections, and TIME_WAIT
    checkNothingIsLeft();
  }

  private void endTransfers(String when) {
    clients.forEach(Transfer::finish);
    servers.values().forEach(Transfer::finish);
    boolean over =
        stacks.runUntil(
            () ->
                clients.stream().allMatch(Transfer::isClosed)
                    && servers.values().stream().allMatch(Transfer::isClosed),
            LIMIT_SECONDS);
    check(over, "a transfer stalls " + when + ": " + clients + servers);
    long sent = 0;
    long received = 0;
    for (List<Transfer> side : List.of(clients, List.copyOf(servers.values()))) {
      for (Transfer transfer : side) {
        boolean whole = transfer.failure == null && transfer.error == TcpError.NONE;
        check(whole && transfer.held() == 0, "a transfer broke " + when + ": " + transfer);
        sent += transfer.sent;
        received += transfer.received;
      }
    }
    check(sent == received, "transfers lost bytes " + when + ": " + clients + servers);
  }

  private void checkNothingIsLeft() {
    check(opened == closed, "connections opened " + opened + ", closed " + closed);
    check(held == 0, "written buffers not given back: " + held);
    for (int end = 0; end < 2; end++) {
      check(core(end).connections() == 0, "connections left: " + core(end).connections());
      check(stack(end).flows() == 0, "flows left: " + stack(end).flows());
      check(core(end).timers() == 0, "timers left: " + core(end).timers());
      int buffers = core(end).buffersInUse() - buffersAtStart[end];
      check(buffers == 0, "packet buffers not given back: " + buffers);
    }
  }

  private void check(boolean good, String what) {
    if (!good) {
      throw new AssertionError("seed " + seed + ", after " + frames + " frames: " + what);
    }
  }

  @Override
  public void close() {
    stacks.close();
    pattern.close();
  }
}
