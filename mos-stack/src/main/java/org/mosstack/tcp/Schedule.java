package org.mosstack.tcp;

/**
 * What is to be done this turn, or at a time, and what that depends on: the fourth part of a {@link
 * Tcb}. Deadlines are absolute, on the core's clock; 0 stands for none.
 */
abstract sealed class Schedule extends ReceiveSequence permits Tcb {
  static final int EVENT_CONNECTED = 1;
  static final int EVENT_READABLE = 2;
  static final int EVENT_WRITABLE = 4;
  static final int EVENT_CLOSED = 8;

  // When what last happened.
  long lastReceiveNanos;

  /** When data last arrived; valid once {@link #rcvMss} isn't 0. */
  long lastDataReceivedNanos;

  long lastSendNanos;

  /** When data, or a FIN, was last sent. */
  long lastDataNanos;

  // Deadlines. The wheel holds the earliest.
  long retransmitDeadline;

  /** Whether the deadline was postponed because the thread was late. */
  boolean retransmitPutOff;

  /** When to detect losses by time, or to probe for a lost tail: see {@link #lossTimerProbes}. */
  long lossDeadline;

  boolean lossTimerProbes;

  /** Number of times {@link #lossDeadline} was postponed because input was waiting. */
  byte lossPutOffs;

  long pacingDeadline;
  long persistDeadline;
  long delayedAckDeadline;
  long keepaliveDeadline;
  long idleDeadline;
  long closeDeadline;

  /** When data that a cork holds back is sent regardless. */
  long corkDeadline;

  /** When a deferred connection can be accepted even without data. */
  long deferDeadline;

  /** When our SYN-ACK is retransmitted, while {@link #synUnacked}. */
  long synAckDeadline;

  // Links of the timer wheel.
  Tcb wheelNext;
  Tcb wheelPrevious;
  int wheelSlot = -1;
  long wheelDeadline;
  int keepaliveProbesSent;

  // What is to be done this turn: see TurnQueues.
  boolean onSynList;
  boolean onAckList;
  boolean onOutputList;
  boolean onEventList;
  boolean onClosedList;
  int events;

  /** Since when the oldest unacknowledged data has waited without progress; 0 for none. */
  long stalledSinceNanos;

  /** When a challenge ACK, or one to an unacceptable segment, was last sent; for rate limiting. */
  long challengedNanos;

  Schedule(TcpCore core) {
    super(core);
  }

  @Override
  void reset() {
    super.reset();
    lossPutOffs = 0;
    keepaliveProbesSent = 0;
    stalledSinceNanos = 0;
    challengedNanos = 0;
    events = 0;
    forgetDeadlines();
  }

  /** Clears all deadlines; the caller takes care of the wheel. */
  void forgetDeadlines() {
    retransmitDeadline = 0;
    lossDeadline = 0;
    pacingDeadline = 0;
    persistDeadline = 0;
    delayedAckDeadline = 0;
    keepaliveDeadline = 0;
    idleDeadline = 0;
    closeDeadline = 0;
    corkDeadline = 0;
    deferDeadline = 0;
    synAckDeadline = 0;
  }
}
