package org.mosstack.tcp;

/**
 * A break in an application's turn in which TCP goes on. An application may write for seconds in
 * one turn; its connections, and others, needn't wait for the end. On the core's thread.
 */
@FunctionalInterface
public interface Interlude {
  /**
   * Called amid an application's write. If the turn has lasted for long, what has arrived is
   * processed, without a word to any application, and what was written is sent.
   *
   * @param full whether a send buffer is full: then what it holds is sent in any case
   */
  void take(boolean full);
}
