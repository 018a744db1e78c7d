package org.mosstack.config;

import java.util.ArrayList;
import java.util.List;

/** Splits {@code run = name argument 'an argument with blanks'} into words. */
final class CommandLine {
  private CommandLine() {}

  /** At least one word. */
  static List<String> split(Value value) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (char c : value.text().toCharArray()) {
      if (quote != 0 ? c == quote : c == '"' || c == '\'') {
        quote = quote != 0 ? 0 : c;
        inWord = true; // Empty quotes are a word too.
      } else if (quote == 0 && Lexer.isBlank(c)) {
        if (inWord) {
          words.add(word.toString());
        }
        word.setLength(0);
        inWord = false;
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw value.error("a closing " + quote + " for each opening one");
    }
    if (inWord) {
      words.add(word.toString());
    }
    if (words.isEmpty() || words.getFirst().isEmpty()) {
      throw value.error("<application> [<argument>...]");
    }
    return words;
  }
}
