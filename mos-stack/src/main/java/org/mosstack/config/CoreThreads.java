package org.mosstack.config;

/** Who drives a stack's cores: the values of {@code cores}. */
public enum CoreThreads {
  /** The application's event loops: a connection's handlers run on its core's thread. */
  LOOPS("loops"),
  /**
   * Threads of the stack's own, one for each core, as in mTCP: handlers run on other threads, and
   * TCP goes on while they block.
   */
  SEPARATE("separate");

  private final String id;

  CoreThreads(String id) {
    this.id = id;
  }

  /** The name in files. */
  public String id() {
    return id;
  }
}
