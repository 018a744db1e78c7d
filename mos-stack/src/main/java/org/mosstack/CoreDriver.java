package org.mosstack;

/**
 * What drives a core of a {@link MosStack}, such as an event loop: it calls {@link StackCore#poll}
 * from one thread of its own, from {@link MosStack#claim} to {@link MosStack#release}.
 */
public interface CoreDriver {
  /**
   * Called when a core has become free, on a driver that has none: {@link MosStack#claim} may now
   * give it one. Any thread; it is best to do no more than wake the driver's own.
   */
  void coreFreed();
}
