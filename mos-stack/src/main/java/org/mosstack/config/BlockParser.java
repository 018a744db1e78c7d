package org.mosstack.config;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.mosstack.config.Lexer.Token;

/**
 * Nests tokens into blocks. An unclosed block is left open ({@link Block#closedIn} is 0): its
 * reader often finds something strange before the end of the file, and can say more about it.
 */
final class BlockParser {
  private BlockParser() {}

  /** Returns the whole file as a block without a name, closed on the file's last line. */
  static Block parse(String fileName, String text) {
    Block file = new Block("", 1);
    // An explicit stack rather than recursion: a thousand braces are an error, not an overflow.
    Deque<Block> open = new ArrayDeque<>();
    open.push(file);
    List<Token> tokens = Lexer.tokens(fileName, text);
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      Block current = open.element();
      switch (token.kind()) {
        case STATEMENT -> {
          if (tokens.get(i + 1).kind() == Lexer.Kind.OPEN) {
            Block block = new Block(token.text(), token.line());
            current.add(block);
            open.push(block);
            i++;
          } else {
            current.items.add(new Block.Statement(token.line(), token.text()));
          }
        }
        case OPEN ->
            throw ConfigException.notAllowed(
                fileName, token.line(), context(current), "{", "a block's name before the brace");
        case CLOSE -> {
          if (current == file) {
            throw ConfigException.conflict(
                fileName, token.line(), context(file), "}", "no block is open");
          }
          current.closedIn = token.line();
          open.pop();
        }
        case END -> file.closedIn = token.line();
      }
    }
    return file;
  }

  private static String context(Block block) {
    if (block.name.isEmpty()) {
      return "file";
    }
    return block.name.matches("[a-z_]+") ? block.name : Quote.of(block.name);
  }
}
