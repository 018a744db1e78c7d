package org.mosstack.ip;

/** Where a core got a packet from, which decides what may still happen to it. */
enum Origin {
  /** From this core's queue of a device. */
  DEVICE,

  /**
   * From the core that received it, because it concerns a flow whose packets arrive here, or
   * teaches every core something. It is never answered, but may be passed on to the core that
   * serves its flow.
   */
  OTHER_CORE,

  /**
   * From the core where its flow's packets arrive, because this one serves the flow: it is not
   * passed on.
   */
  ARRIVAL_CORE
}
