package org.mosstack.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns the blocks of a {@code mos.conf} into a validated {@link MosConfig}. Used once. */
final class MosConfigReader {
  static final String APPLICATION = "application";
  static final String MOS = "mos";

  private final String fileName;
  private final Keys application;
  private final Keys mos;
  private final Tables tables = new Tables();
  private final Map<String, Block> blocksSeen = new HashMap<>();

  private MosConfigReader(String fileName) {
    this.fileName = fileName;
    this.application = Keys.ofFile(fileName, APPLICATION, MosKeys.APPLICATION);
    this.mos = Keys.ofFile(fileName, MOS, MosKeys.MOS);
  }

  /**
   * Reads a configuration.
   *
   * @param file the block without a name that holds the others
   */
  static MosConfig read(String fileName, Block file) {
    MosConfigReader reader = new MosConfigReader(fileName);
    reader.file(file);
    reader.requireAll(file);
    return new MosConfig(reader.application, reader.mos, reader.tables, reader.notes());
  }

  private void file(Block file) {
    for (Block.Item item : file.items) {
      switch (item) {
        case Block.Statement s ->
            throw error(s.line(), "file", s.text(), "only the blocks application and mos here");
        case Block.Nested(Block block) -> {
          open(block, "file", List.of(APPLICATION, MOS), "; " + block.name + " is in mos");
          if (block.name.equals(APPLICATION)) {
            keys(block, application, List.of());
          } else {
            keys(block, mos, Tables.NAMES);
          }
        }
      }
    }
  }

  /** A block of keys and, for mos, of tables. */
  private void keys(Block block, Keys keys, List<String> tableNames) {
    for (Block.Item item : block.items) {
      switch (item) {
        case Block.Statement s -> keys.add(s);
        case Block.Nested(Block nested) -> {
          open(nested, block.name, tableNames, stillOpen(block));
          table(nested);
        }
      }
    }
    close(block);
  }

  private void table(Block block) {
    for (Block.Item item : block.items) {
      switch (item) {
        case Block.Nested(Block nested) -> open(nested, block.name, List.of(), stillOpen(block));
        case Block.Statement(int line, String text) -> {
          List<String> words = Lexer.words(text);
          if (words.size() > 1 && words.get(1).equals("=")) {
            throw error(line, block.name, text, Tables.form(block.name) + stillOpen(block));
          }
          tables.add(block.name, new Value(fileName, line, block.name, text));
        }
      }
    }
    close(block);
  }

  /**
   * Checks that a block may stand where it stands.
   *
   * @param hint added to the message for a block that is known, but belongs elsewhere
   */
  private void open(Block block, String context, List<String> known, String hint) {
    String read = block.name + " {";
    if (!known.contains(block.name)) {
      String allowed =
          known.isEmpty()
              ? "no block within " + context
              : "the blocks "
                  + String.join(", ", known)
                  + Nearest.of(block.name, known).map(k -> "; did you mean " + k + "?").orElse("");
      throw error(block.line, context, read, isKnownBlock(block.name) ? allowed + hint : allowed);
    }
    Block earlier = blocksSeen.putIfAbsent(block.name, block);
    if (earlier != null) {
      throw ConfigException.conflict(
          fileName,
          block.line,
          context,
          read,
          "line " + earlier.line + " opens this block already");
    }
  }

  private void close(Block block) {
    if (block.closedIn == 0) {
      throw ConfigException.missing(
          fileName, block.line, block.name, "the } that closes this block", "");
    }
  }

  /** The hint for something that belongs elsewhere: the closing brace was probably forgotten. */
  private static String stillOpen(Block block) {
    return "; " + block.name + ", opened in line " + block.line + ", has no } before this";
  }

  private static boolean isKnownBlock(String name) {
    return name.equals(APPLICATION) || name.equals(MOS) || Tables.NAMES.contains(name);
  }

  private void requireAll(Block file) {
    for (String block : List.of(APPLICATION, MOS)) {
      if (!blocksSeen.containsKey(block)) {
        throw ConfigException.missing(
            fileName, file.closedIn, "file", "the block " + block + " { }", "");
      }
    }
    application.requireAll(blocksSeen.get(APPLICATION).closedIn);
    int end = blocksSeen.get(MOS).closedIn;
    mos.requireAll(end);
    if (tables.netdevs().isEmpty()) {
      throw ConfigException.missing(
          fileName,
          end,
          MOS,
          "a block netdev with a line for each device",
          Tables.form(Tables.NETDEV));
    }
  }

  private List<String> notes() {
    Block forward = blocksSeen.get(Tables.FORWARD);
    return forward == null
        ? List.of()
        : List.of(
            new Value(fileName, forward.line, Tables.FORWARD, "")
                .note("has no effect: " + MosKeys.NO_FORWARDING));
  }

  private ConfigException error(int line, String context, String read, String allowed) {
    return ConfigException.notAllowed(fileName, line, context, read, allowed);
  }
}
