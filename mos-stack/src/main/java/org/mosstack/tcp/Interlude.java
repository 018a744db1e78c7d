package org.mosstack.tcp;

/**
 * A break in an application's turn in which TCP goes on. An application may write for seconds in
 * one turn; its connections, and others, needn't wait for the end. On the core's thread.
 */
public interface Interlude {
  /** Nothing happens before the end of the turn. */
  Interlude NONE =
      new Interlude() {
        @Override
        public void turnGoesOn() {}

        @Override
        public void bufferIsFull() {}
      };

  /**
   * Called before an application's write if what it wrote before waits for the end of the turn. If
   * the turn has lasted for long, what has arrived is processed, without a word to any application
   * but of {@code released} buffers, timers fire, and what waits is sent.
   */
  void turnGoesOn();

  /** Called after a write that filled a send buffer: what waits is sent. */
  void bufferIsFull();
}
