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
 * A leak detector that knows each buffer that isn't released, with where it was made, and so needs
 * no garbage collection to find a leak. What classes keep for ever from their initialisation isn't
 * counted. Netty makes it by its class name.
 *
 * @param <T> type of the resources
 */
public final class LeakCounter<T> extends ResourceLeakDetector<T> {
  /** One set for the JVM, as what Netty has of a detector is its class alone. */
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
   * A detector.
   *
   * @param type of the resources
   * @param samplingInterval without effect: all are counted
   */
  @SuppressWarnings("unused") // by reflection
  public LeakCounter(Class<?> type, int samplingInterval) {
    super(type, 1);
  }

  /**
   * A detector.
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

  /** Fails when anything isn't released, and forgets it. When all loops have ended. */
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
