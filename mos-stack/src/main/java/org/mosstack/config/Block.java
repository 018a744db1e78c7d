package org.mosstack.config;

import java.util.ArrayList;
import java.util.List;

/** A block of a configuration as written: a name and, in order, the contents of its braces. */
final class Block {
  /** What a block holds. */
  sealed interface Item permits Statement, Nested {}

  /**
   * One line's text.
   *
   * @param line from 1
   */
  record Statement(int line, String text) implements Item {}

  /** A block within a block. */
  record Nested(Block block) implements Item {}

  /** The word, or whatever stood there, before the opening brace. */
  final String name;

  /** Line of the name, from 1. */
  final int line;

  final List<Item> items = new ArrayList<>();

  /** Line of the closing brace; 0 as long as there is none. */
  int closedIn;

  Block(String name, int line) {
    this.name = name;
    this.line = line;
  }

  void add(Block block) {
    items.add(new Nested(block));
  }
}
