package org.mosstack.agent.program;

import java.lang.management.ManagementFactory;
import javax.management.InstanceNotFoundException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Prints the agent's figures, as whoever watches the process sees them. */
final class Counts {
  private Counts() {}

  static void print() throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = ObjectName.getInstance("org.mosstack:type=Agent");
    try {
      System.out.printf(
          "connections %s moved %s left, listeners %s moved %s left%n",
          beans.getAttribute(name, "ConnectionsMoved"),
          beans.getAttribute(name, "ConnectionsLeft"),
          beans.getAttribute(name, "ListenersMoved"),
          beans.getAttribute(name, "ListenersLeft"));
    } catch (InstanceNotFoundException _) {
      System.out.println("no agent");
    }
  }
}
