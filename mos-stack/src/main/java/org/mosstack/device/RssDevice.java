package org.mosstack.device;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.mosstack.mbuf.MbufPool;

/**
 * A port that says that it spreads flows over its queues, one for each core, and is believed when
 * it has been seen to. What it doesn't do is done in software, by a {@link SteeredDevice}: from the
 * start when the port can't tell its key or its table, and from the first packet on that isn't
 * where these would have it, or has another hash.
 *
 * <p>That may happen at any time: the map from flows to cores is the same before and after. Until
 * {@link RssCheck#FLOWS} different flows have come in on a queue, each TCP segment that begins one
 * is compared there, and at first every other one too, so that no connection begins on another core
 * than key and table name, and ports of connects are chosen by them too. After that a queue isn't
 * looked at any more.
 */
public final class RssDevice extends ForwardingDevice {
  private final RandomGenerator random;
  private final Consumer<String> log;
  private final AtomicBoolean logged = new AtomicBoolean();

  /** What does it in software; made by {@link #start}. */
  private SteeredDevice software;

  private RssCheck[] checks;
  private volatile boolean inSoftware;

  /**
   * Takes a port with a queue for each core.
   *
   * @param port not started; closed with this one
   * @param random gives a key where the port tells none
   * @param log gets one line when the port isn't believed, with the reason; on any thread
   */
  public RssDevice(NetDevice port, RandomGenerator random, Consumer<String> log) {
    super(port);
    this.random = random;
    this.log = log;
  }

  @Override
  public void start(List<MbufPool> pools) {
    inner().start(pools);
    int queues = inner().queues();
    Optional<Rss> said = inner().capabilities().rss();
    Rss rss = said.orElseGet(() -> Rss.random(random, queues));
    software = new SteeredDevice(inner(), queues, rss);
    checks = new RssCheck[queues];
    for (int i = 0; i < queues; i++) {
      checks[i] = new RssCheck(rss, i);
    }
    if (said.isEmpty()) {
      toSoftware(inner().rssProblem().orElse("the port doesn't say how it does that"));
    }
  }

  private void toSoftware(String reason) {
    inSoftware = true; // before any packet goes to another core
    if (logged.compareAndSet(false, true)) {
      log.accept(inSoftware(name(), reason));
    }
  }

  /** The line that says so. */
  public static String inSoftware(String device, String reason) {
    return device + ": flows are spread over the cores in software: " + reason;
  }

  /** Whether software spreads the flows. */
  boolean isInSoftware() {
    return inSoftware;
  }

  @Override
  public Capabilities capabilities() {
    return software == null ? inner().capabilities() : software.capabilities();
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    software.attach(queue, pool);
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    if (inSoftware) {
      return software.receive(queue, mbufs, max);
    }
    int n = inner().receive(queue, mbufs, max);
    RssCheck check = checks[queue];
    for (int i = 0; i < n && !check.isPassed(); i++) {
      String problem = check.problem(mbufs[i]);
      if (problem != null) {
        toSoftware(problem);
        return software.sort(queue, mbufs, n);
      }
    }
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    return software.transmit(queue, mbufs, n);
  }

  @Override
  public void onArrival(int queue, Runnable wakeup) {
    software.onArrival(queue, wakeup);
  }

  /** Another core may have begun to pass packets on: so in any case by the rules of software. */
  @Override
  public boolean prepareSleep(int queue) {
    return software.prepareSleep(queue);
  }

  @Override
  public void finishSleep(int queue) {
    software.finishSleep(queue);
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return software.nextDeadlineNanos(queue);
  }

  @Override
  public long receiveErrors(int queue) {
    return software.receiveErrors(queue);
  }

  @Override
  public long receiveMissed(int queue) {
    return software.receiveMissed(queue);
  }

  @Override
  public long receiveNoMbuf(int queue) {
    return software.receiveNoMbuf(queue);
  }

  @Override
  public int keptBuffers(int queue) {
    return inner().keptBuffers(queue);
  }

  @Override
  public void detach(int queue) {
    if (software == null) {
      inner().detach(queue); // it never started
    } else {
      software.detach(queue);
    }
  }
}
