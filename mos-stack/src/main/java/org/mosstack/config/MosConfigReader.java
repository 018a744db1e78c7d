package org.mosstack.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns the blocks of a {@code mos.conf} into a validated {@link MosConfig}. Used once. */
final class MosConfigReader {
  static final String APPLICATION = "application";
  static final String MOS = "mos";

  private static final List<String> APPLICATION_KEYS =
      List.of("type", "run", "core_mask", "cpu_mask", "ip_forward");
  private static final List<String> MOS_KEYS =
      List.of(
          "max_concurrency",
          "max_num_buffers",
          "no_ring_buffers",
          "rmem_size",
          "wmem_size",
          "tcp_tw_interval",
          "tcp_timeout",
          "tcp_congestion",
          "tcp_pacing",
          "tcp_ecn",
          "nb_mem_channels",
          "tcp_syncookies",
          "tcp_mem",
          "tcp_listener_mem",
          "tcp_zero_window_timeout",
          "tcp_fastopen",
          "hugepages",
          "forward",
          "mos_log",
          "stat_print",
          "stats_json",
          "multiprocess");

  /** Connections, or buffers, per core: more than any machine has memory for. */
  private static final int MAX_CONNECTIONS = 1 << 24;

  /** Bytes: a full-sized Ethernet segment and some room. */
  private static final int MIN_SOCKET_BUFFER = 2048;

  /** Bytes: the largest window that RFC 7323 section 2.3 can express. */
  private static final int MAX_SOCKET_BUFFER = 1 << 30;

  private static final String NO_EFFECT = "has no effect: ";
  private static final String NO_FORWARDING = "end applications forward no packets";

  /** Bytes: less would do for a few connections only. */
  private static final long MIN_MEMORY = 1 << 20;

  private static final long MAX_MEMORY = 1L << 40;
  private static final int MAX_ZERO_WINDOW_SECONDS = 86_400;
  private static final int MAX_TW_SECONDS = 3600;
  private static final int MAX_TIMEOUT_SECONDS = 365 * 24 * 3600;
  private static final int MAX_MEM_CHANNELS = 32;
  private static final int MAX_CORE = 65535;

  /** The first is the default. */
  private static final List<String> CONGESTION_CONTROLS = List.of("cubic", "newreno", "bbr");

  private final String fileName;
  private final Keys application;
  private final Keys mos;
  private final Tables tables = new Tables();
  private final Map<String, Block> blocksSeen = new HashMap<>();

  private MosConfigReader(String fileName) {
    this.fileName = fileName;
    this.application = new Keys(fileName, APPLICATION, APPLICATION_KEYS);
    this.mos = new Keys(fileName, MOS, MOS_KEYS);
  }

  /**
   * Reads a configuration.
   *
   * @param file the block without a name that holds the others
   * @param netdevNeeded whether a configuration without a device is an error
   */
  static MosConfig read(String fileName, Block file, boolean netdevNeeded) {
    MosConfigReader reader = new MosConfigReader(fileName);
    reader.file(file);
    return reader.config(file, netdevNeeded);
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
      String stands = "; the other is opened in line " + earlier.line;
      throw error(block.line, context, read, "one block " + block.name + stands);
    }
  }

  private void close(Block block) {
    if (block.closedIn == 0 && block.line > 0) {
      throw error(block.line, block.name, "end of file", "a } that closes this block");
    }
  }

  /** The hint for something that belongs elsewhere: the closing brace was probably forgotten. */
  private static String stillOpen(Block block) {
    return "; " + block.name + ", opened in line " + block.line + ", has no } before this";
  }

  private static boolean isKnownBlock(String name) {
    return name.equals(APPLICATION) || name.equals(MOS) || Tables.NAMES.contains(name);
  }

  private MosConfig config(Block file, boolean netdevNeeded) {
    for (String block : List.of(APPLICATION, MOS)) {
      if (!blocksSeen.containsKey(block)) {
        throw error(file.closedIn, "file", "end of file", "a block " + block + " { } before it");
      }
    }
    Application app = application();
    if (netdevNeeded && tables.netdevs().isEmpty()) {
      throw missing(MOS, "a block netdev with a line for each device: " + Tables.form("netdev"));
    }
    mos.get("no_ring_buffers").ifPresent(MosConfigReader::checkRingBuffers);
    mos.get("forward").ifPresent(Value::flag);
    tables.check(app.coreMask());
    int maxConcurrency =
        mos.count("max_concurrency", 1, MAX_CONNECTIONS, 100_000, "connections per core");
    return new MosConfig(
        app,
        maxConcurrency,
        mos.count("max_num_buffers", 1, MAX_CONNECTIONS, maxConcurrency, "buffers per core"),
        socketBuffer("rmem_size"),
        socketBuffer("wmem_size"),
        mos.count("tcp_tw_interval", 0, MAX_TW_SECONDS, 0, "seconds in TIME_WAIT"),
        mos.get("tcp_timeout").map(MosConfigReader::timeout).orElse(30),
        mos.get("tcp_congestion")
            .map(MosConfigReader::congestionControl)
            .orElse(CONGESTION_CONTROLS.getFirst()),
        mos.get("tcp_pacing").map(Value::flag).orElse(false),
        mos.get("tcp_ecn").map(MosConfigReader::ecn).orElse(2),
        mos.count("nb_mem_channels", 1, MAX_MEM_CHANNELS, 4, "memory channels per socket"),
        tcpSecurity(),
        mos.get("hugepages").map(Value::flag),
        mos.get("mos_log").map(value -> path(value, "a directory")),
        mos.get("stat_print").map(this::devices).orElse(List.of()),
        mos.get("stats_json").map(value -> path(value, "a file")),
        mos.get("multiprocess").map(MosConfigReader::multiprocess),
        tables.netdevs(),
        tables.arps(),
        tables.routes(),
        notes(),
        new Origin(fileName, places()));
  }

  private TcpSecurity tcpSecurity() {
    return new TcpSecurity(
        choice("tcp_syncookies", 2, 1, "0 never, 1 when the SYN queue is full, 2 always"),
        mos.get("tcp_mem").map(MosConfigReader::memory).orElse(0L),
        mos.count("tcp_listener_mem", 1, 100, 100, "percent of tcp_mem"),
        mos.count("tcp_zero_window_timeout", 1, MAX_ZERO_WINDOW_SECONDS, 60, "seconds"),
        choice("tcp_fastopen", 3, 0, "0 never, 1 clients, 2 servers, 3 both"));
  }

  private static long memory(Value value) {
    String allowed = "bytes of the stack, " + MIN_MEMORY + " to " + MAX_MEMORY + ", or 0 for any";
    long bytes = value.number(0, MAX_MEMORY, allowed);
    if (bytes > 0 && bytes < MIN_MEMORY) {
      throw value.error(allowed);
    }
    return bytes;
  }

  /** One of the numbers from 0 to {@code max}, each of which the text explains. */
  private int choice(String key, int max, int otherwise, String allowed) {
    return mos.get(key).map(value -> (int) value.number(0, max, allowed)).orElse(otherwise);
  }

  private Application application() {
    Value type =
        application.get("type").orElseThrow(() -> missing(APPLICATION, "the key type = end"));
    switch (type.text()) {
      case "end" -> {}
      case "monitor" ->
          throw type.error("end; monitor is for mOS's middleboxes, which do not run here");
      default -> throw type.error("end");
    }
    Value run =
        application
            .get("run")
            .orElseThrow(() -> missing(APPLICATION, "the key run = <application> [<argument>...]"));
    List<String> command = CommandLine.split(run);
    Optional<Value> mask = application.get("core_mask");
    Optional<Value> alias = application.get("cpu_mask");
    if (mask.isPresent() && alias.isPresent()) {
      throw alias.get().error("only one of core_mask and cpu_mask, which mean the same");
    }
    return new Application(
        type.text(),
        command.getFirst(),
        command.subList(1, command.size()),
        mask.or(() -> alias).map(Value::mask),
        application.get("ip_forward").map(Value::flag).orElse(false));
  }

  private int socketBuffer(String key) {
    return mos.count(key, MIN_SOCKET_BUFFER, MAX_SOCKET_BUFFER, 8192, "bytes per socket");
  }

  private static int ecn(Value value) {
    return (int) value.number(0, 2, "0 never, 1 ask for it and accept it, 2 accept it");
  }

  private static void checkRingBuffers(Value value) {
    if (value.flag()) {
      throw value.error("0: applications of type end need socket buffers");
    }
  }

  private static int timeout(Value value) {
    String allowed = "idle seconds, 1 to " + MAX_TIMEOUT_SECONDS + ", or -1 for no limit";
    int seconds = (int) value.number(-1, MAX_TIMEOUT_SECONDS, allowed);
    if (seconds == 0) {
      throw value.error(allowed);
    }
    return seconds;
  }

  private static String congestionControl(Value value) {
    if (!CONGESTION_CONTROLS.contains(value.text())) {
      throw value.error(String.join(", ", CONGESTION_CONTROLS));
    }
    return value.text();
  }

  private static Path path(Value value, String allowed) {
    if (value.text().isEmpty()) {
      throw value.error(allowed);
    }
    try {
      return Path.of(value.text());
    } catch (InvalidPathException _) {
      throw value.error(allowed);
    }
  }

  private List<String> devices(Value value) {
    Set<String> names = new LinkedHashSet<>();
    for (Value word : value.words()) {
      String name = tables.device(word).name();
      if (!names.add(name)) {
        throw value.error("each device once; " + name + " is there twice");
      }
    }
    if (names.isEmpty()) {
      throw value.error("devices of the netdev block");
    }
    return List.copyOf(names);
  }

  private static Multiprocess multiprocess(Value value) {
    List<Value> words = value.words();
    String allowed = "<core> [master], the core from 0 to " + MAX_CORE;
    boolean master = words.size() == 2 && words.get(1).text().equals("master");
    if (words.size() != 1 && !master) {
      throw value.error(allowed);
    }
    return new Multiprocess((int) words.getFirst().number(0, MAX_CORE, allowed), master);
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    noteKeys(notes, application);
    noteKeys(notes, mos);
    for (String key : List.of("core_mask", "cpu_mask")) {
      application.get(key).flatMap(Value::maskNote).ifPresent(notes::add);
    }
    if (blocksSeen.containsKey(Tables.FORWARD)) {
      notes.add(
          new Value(fileName, blocksSeen.get(Tables.FORWARD).line, Tables.FORWARD, "")
              .note(NO_EFFECT + NO_FORWARDING));
    }
    notes.addAll(tables.notes());
    return notes;
  }

  private void noteKeys(List<String> notes, Keys keys) {
    boolean dpdk = tables.netdevs().stream().anyMatch(NetdevConfig::isDpdk);
    keys.all()
        .forEach(
            (key, value) -> {
              String why =
                  switch (key) {
                    case "ip_forward", "forward" -> NO_FORWARDING;
                    case "no_ring_buffers" -> "applications of type end always have buffers";
                    case "multiprocess" -> "each process runs all its cores by itself";
                    case "nb_mem_channels", "hugepages" ->
                        dpdk ? "" : "no device is driven by DPDK";
                    default -> "";
                  };
              if (!why.isEmpty()) {
                notes.add(value.note(NO_EFFECT + why));
              }
            });
  }

  private Map<String, Origin.Place> places() {
    Map<String, Origin.Place> places = new HashMap<>(tables.places());
    for (Keys keys : List.of(application, mos)) {
      keys.all()
          .forEach((key, value) -> places.put(key, new Origin.Place(value.line(), value.text())));
    }
    return places;
  }

  private ConfigException missing(String block, String allowed) {
    return error(blocksSeen.get(block).closedIn, block, "}", allowed + " before this");
  }

  private ConfigException error(int line, String context, String read, String allowed) {
    return new ConfigException(fileName, line, context, read, allowed);
  }
}
