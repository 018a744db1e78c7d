package org.mosstack.ip;

/** Where a core has a packet from, and so what may still become of it. */
enum Origin {
  /** From a device's queue of this core. */
  DEVICE,

  /**
   * From the core that a device gave it to, since it concerns a flow whose packets arrive here, or
   * teaches every core something. It is never answered, but may go on to the core that serves its
   * flow.
   */
  OTHER_CORE,

  /**
   * From the core that its flow's packets arrive at, since this one serves the flow: it goes no
   * further.
   */
  ARRIVAL_CORE
}
