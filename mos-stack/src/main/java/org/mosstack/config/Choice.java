package org.mosstack.config;

/** A constant that a configuration file names by a number. */
interface Choice {
  /** What stands for it in a file; no other constant of its enumeration has it. */
  int number();

  /** What it means, in a few words for messages and pages. */
  String meaning();
}
