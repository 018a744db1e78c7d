package org.mosstack.agent;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Shows {@link AgentCounts} to JMX. Apart, as a process may have none: then this can't be linked.
 */
final class CountsExport {
  private CountsExport() {}

  /**
   * Registers the bean. To be called if {@code java.management} is there.
   *
   * @param log told if it can't be registered
   */
  static void register(AgentCounts counts, AgentLog log) {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .registerMBean(counts, ObjectName.getInstance(AgentCounts.NAME));
    } catch (JMException e) {
      log.warn("The counts aren't in JMX: " + e);
    }
  }
}
