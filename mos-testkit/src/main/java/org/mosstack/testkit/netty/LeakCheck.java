package org.mosstack.testkit.netty;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class if Netty's leak detector finds an unreleased buffer after it. */
@SuppressWarnings("exports") // created by JUnit, and tests aren't a module
public final class LeakCheck implements AfterAllCallback {
  private static final long COLLECTION_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(10);

  private final List<String> leaks = new CopyOnWriteArrayList<>();

  /** Created by JUnit before it loads any test: Netty's classes fetch the factory only once. */
  public LeakCheck() {
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(
        new ResourceLeakDetectorFactory() {
          @Override
          @SuppressWarnings("deprecation") // abstract, so it must be overridden
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval, long maxActive) {
            return new Detector<>(resource, samplingInterval);
          }
        });
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    collect();
    // The detector reports leaks when the next buffer is allocated.
    PooledByteBufAllocator.DEFAULT.buffer(1).release();
    if (!leaks.isEmpty()) {
      String found = String.join("\n", leaks);
      leaks.clear();
      throw new AssertionError("buffers not released: " + found);
    }
  }

  /** Returns once the garbage collector has found everything that is unreachable now. */
  private static void collect() throws InterruptedException {
    ReferenceQueue<Object> found = new ReferenceQueue<>();
    WeakReference<Object> probe = new WeakReference<>(new Object(), found);
    System.gc();
    if (found.remove(COLLECTION_TIMEOUT_MILLIS) != probe) {
      throw new AssertionError("no collection took place");
    }
  }

  private final class Detector<T> extends ResourceLeakDetector<T> {
    Detector(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      leaks.add(resourceType + records);
      super.reportTracedLeak(resourceType, records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      leaks.add(resourceType);
      super.reportUntracedLeak(resourceType);
    }
  }
}
