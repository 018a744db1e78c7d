package org.mosstack.defect;

import java.util.List;

/** Groups of tests that look for a mistake independently of each other. */
enum Suite {
  /**
   * Tests of TCP's parts, of one core's TCP with hand-made segments, of files and configurations;
   * except those of listeners and of random files, which take long and see no segment. Of the
   * device tests, only those of how ports spread flows and of captures.
   */
  UNIT(
      "unit tests",
      List.of(
          "org.mosstack.tcp",
          "org.mosstack.ip",
          "org.mosstack.device",
          "org.mosstack.bpf",
          "org.mosstack.os",
          "org.mosstack.config"),
      "^(?!.*\\.((ListenerTable|MosConfigFuzz)Test|device\\.(?!steering\\.RssDevice|PcapCapture))).*"),
  /** Segment by segment, by RFC. */
  SCRIPTS("scripts", List.of("org.mosstack.script"), ".*"),
  /** Whole stacks, except the simulation. */
  STACKS("whole stacks", List.of("org.mosstack.sim"), "^(?!.*\\.Simulation).*"),
  /** The simulation's runs. */
  SIMULATION("simulation", List.of("org.mosstack.sim"), ".*\\.SimulationTest");

  final String title;
  final List<String> packages;

  /** Pattern of the class names. */
  final String classes;

  Suite(String title, List<String> packages, String classes) {
    this.title = title;
    this.packages = packages;
    this.classes = classes;
  }
}
