package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.fail;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * A leak detector that tracks each unreleased buffer with its place of allocation, so that it needs
 * no garbage collection to find a leak. What classes keep forever from their initialisation isn't
 * counted. Netty creates it by class name.
 *
 * @param <T> type of the resources
 */
public final class LeakCounter<T> extends ResourceLeakDetector<T> {
  /** One set for the JVM, as Netty only knows a detector's class. */
  private static final Set<Tracker<?>> OPEN = ConcurrentHashMap.newKeySet();

  private static final class Tracker<T> implements ResourceLeakTracker<T> {
    private final Throwable made;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Tracker(Throwable made) {
      this.made = made;
    }

    @Override
    public void record() {}

    @Override
    public void record(Object hint) {}

    @Override
    public boolean close(T resource) {
      OPEN.remove(this);
      return open.compareAndSet(true, false);
    }
  }

  /**
   * Creates a detector.
   *
   * @param type of the resources
   * @param samplingInterval without effect: all are counted
   */
  @SuppressWarnings("unused") // by reflection
  public LeakCounter(Class<?> type, int samplingInterval) {
    super(type, 1);
  }

  /**
   * Creates a detector.
   *
   * @param type of the resources
   * @param samplingInterval without effect: all are counted
   * @param maxActive without effect
   */
  @SuppressWarnings("unused") // by reflection
  public LeakCounter(Class<?> type, int samplingInterval, long maxActive) {
    this(type, samplingInterval);
  }

  @Override
  public ResourceLeakTracker<T> track(T resource) {
    return trackForcibly(resource);
  }

  @Override
  public ResourceLeakTracker<T> trackForcibly(T resource) {
    Throwable made = new Throwable("made here");
    if (Stream.of(made.getStackTrace()).anyMatch(e -> e.getMethodName().equals("<clinit>"))) {
      return null;
    }
    Tracker<T> tracker = new Tracker<>(made);
    OPEN.add(tracker);
    return tracker;
  }

  /** Fails if anything isn't released, and forgets it. To be called after all loops have ended. */
  static void assertNothingIsHeld() {
    ResourceLeakDetector<Object> inUse =
        ResourceLeakDetectorFactory.instance().newResourceLeakDetector(Object.class);
    if (!(inUse instanceof LeakCounter)) {
      fail("the JVM needs -Dio.netty.customResourceLeakDetector=" + LeakCounter.class.getName());
    }
    Iterator<Tracker<?>> open = OPEN.iterator();
    if (open.hasNext()) {
      Throwable made = open.next().made;
      int count = OPEN.size();
      OPEN.clear();
      throw new AssertionError(count + " buffers weren't released; one of them:", made);
    }
  }
}
