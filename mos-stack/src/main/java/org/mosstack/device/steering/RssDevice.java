package org.mosstack.device.steering;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.mosstack.device.Capabilities;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.mbuf.MbufPool;

/**
 * A port that claims to spread flows over its queues, one per core, and is trusted once it is seen
 * to do so. Otherwise a {@link SteeredDevice} spreads them in software: from the start if the port
 * can't report its key or table, else from the first packet that arrives on another queue than
 * these imply, or with another hash.
 *
 * <p>That may happen at any time: the map from flows to cores is the same before and after. Until
 * {@link RssCheck#FLOWS} distinct flows have arrived on a queue, each TCP segment that begins one
 * is checked there, and at first all others too, so that no connection begins on another core than
 * key and table imply; the ports of connects are chosen by them too. After that, a queue is no
 * longer checked.
 */
public final class RssDevice extends ForwardingDevice {
  private final RandomGenerator random;
  private final Consumer<String> log;
  private final AtomicBoolean logged = new AtomicBoolean();

  /** Spreads flows in software; created by {@link #start}. */
  private SteeredDevice software;

  private RssCheck[] checks;
  private volatile boolean inSoftware;

  /**
   * Wraps a port with one queue per core.
   *
   * @param port not started; closed with this one
   * @param random generates a key if the port reports none
   * @param log receives one line with the reason if the port isn't trusted; on any thread
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

  /** The log line that says so. */
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

  /** Always by the rules of software: another core may have begun to steer packets here. */
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
