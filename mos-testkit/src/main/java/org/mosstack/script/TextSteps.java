package org.mosstack.script;

import static org.mosstack.script.TextRun.same;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.mosstack.config.EcnMode;
import org.mosstack.config.FastOpenMode;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** The first words of a text script's lines, and what they do. */
final class TextSteps {
  private TextSteps() {}

  /** Parses a line; the caller checks for words left over. */
  static Consumer<TextRun> parse(Words words) {
    String word = words.next("a step");
    return switch (word) {
      case "<" -> send(words, true);
      case "<<" -> send(words, false);
      case ">" -> expect(words);
      case "nothing" -> nothing(words);
      case "wait" -> {
        double millis = words.millis("a time");
        yield run -> run.script().run(millis);
      }
      case "icmp" -> icmp(words);
      case "ignore" -> run -> run.script().forgetReceived();
      case "stack" -> stack(words);
      case "options" -> options(words);
      case "connection" -> {
        String name = words.next("a name");
        yield run -> run.choose(name);
      }
      case "peer" -> peer(words);
      case "pool" -> pool(words);
      case "flood" -> {
        int syns = words.number("the number of SYNs");
        yield run -> run.flood(syns);
      }
      default -> application(word, words);
    };
  }

  // ---- The cable ----

  /** The stack sees it immediately, or in one burst with the next segment sent. */
  private static Consumer<TextRun> send(Words words, boolean atOnce) {
    SegmentText text = new SegmentText(words, true);
    return run -> {
      Peer peer = run.peer();
      peer.send(text.seg(peer));
      if (atOnce) {
        run.script().settle();
      }
    };
  }

  private static Consumer<TextRun> expect(Words words) {
    if (!words.peek().startsWith("+")) {
      SegmentText text = new SegmentText(words, false);
      return run -> {
        run.script().settle(); // timestamps depend on what has arrived
        run.peer().expect(text.seg(run.peer()));
      };
    }
    double millis = Words.millis(words.next("a time").substring(1), "a time");
    SegmentText text = new SegmentText(words, false);
    return run -> run.peer().expectAfter(millis, text.seg(run.peer()));
  }

  private static Consumer<TextRun> nothing(Words words) {
    if (!words.took("for")) {
      return run -> run.peer().expectNothing();
    }
    double millis = words.millis("a time");
    return run -> run.peer().expectNothingFor(millis);
  }

  /** {@code icmp TYPE CODE [mtu N] about SEQUENCE}, where {@code unreachable} stands for type 3. */
  private static Consumer<TextRun> icmp(Words words) {
    String kind = words.next("an ICMP type");
    int type =
        switch (kind) {
          case "unreachable" -> 3;
          case "quench" -> 4;
          case "time-exceeded" -> 11;
          case "parameter-problem" -> 12;
          default -> Words.number(kind, "an ICMP type");
        };
    int code = words.number("an ICMP code");
    int mtu = words.took("mtu") ? words.number("an MTU") : 0;
    if (!words.took("about")) {
      throw new IllegalArgumentException("'" + words.peek() + "' where 'about' is expected");
    }
    int seq = words.number("a sequence number of the stack's");
    return run -> {
      run.peer().icmp(type, code, mtu, seq);
      run.script().settle();
    };
  }

  private static Consumer<TextRun> pool(Words words) {
    boolean empty =
        switch (words.next("empty or full")) {
          case "empty" -> true;
          case "full" -> false;
          default -> throw new IllegalArgumentException("pool: empty or full");
        };
    return run -> {
      if (empty) {
        run.script().emptyPool();
      } else {
        run.script().refillPool();
      }
    };
  }

  /** {@code peer [new] [port N] [to-port N] [isn N] [window N]}. */
  private static Consumer<TextRun> peer(Words words) {
    List<Consumer<TextRun>> parts = new ArrayList<>();
    boolean fresh = words.took("new");
    int port = words.took("port") ? words.number("the peer's port") : 0;
    int stackPort = words.took("to-port") ? words.number("the stack's port") : Script.PORT;
    if (fresh || port != 0 || stackPort != Script.PORT) {
      parts.add(run -> run.newPeer(port, stackPort));
    }
    if (words.took("isn")) {
      String number = words.next("a sequence number");
      int isn = Words.number(number, "a sequence number");
      boolean relative = number.startsWith("+") || number.startsWith("-");
      parts.add(run -> run.peer().iss(relative ? run.peer().iss() + isn : isn));
    }
    if (words.took("window")) {
      int field = words.number("the window field");
      parts.add(run -> run.peer().window = field);
    }
    return run -> parts.forEach(part -> part.accept(run));
  }

  // ---- Settings ----

  private static Consumer<TextRun> stack(Words words) {
    String key = words.next("a setting");
    switch (key) {
      case "mtu" -> {
        int mtu = words.number("the MTU");
        return run -> run.mtu = mtu;
      }
      case "arp" -> {
        boolean arp = words.onOff();
        return run -> run.arp = arp;
      }
      default -> {
        UnaryOperator<MosConfigBuilder> setting = setting(key, words);
        return run -> run.setting(setting);
      }
    }
  }

  private static UnaryOperator<MosConfigBuilder> setting(String key, Words words) {
    switch (key) {
      case "rmem" -> {
        int bytes = words.number("bytes");
        return config -> config.set(MosKeys.RMEM_SIZE, bytes);
      }
      case "wmem" -> {
        int bytes = words.number("bytes");
        return config -> config.set(MosKeys.WMEM_SIZE, bytes);
      }
      case "buffers" -> {
        int buffers = words.number("buffers");
        return config ->
            config.set(MosKeys.MAX_CONCURRENCY, buffers).set(MosKeys.MAX_NUM_BUFFERS, buffers);
      }
      case "time-wait" -> {
        int seconds = words.seconds("a time");
        return config -> config.set(MosKeys.TCP_TW_INTERVAL, seconds);
      }
      case "ecn" -> {
        EcnMode mode = words.onOff() ? EcnMode.ASK : EcnMode.OFF;
        return config -> config.set(MosKeys.TCP_ECN, mode);
      }
      case "idle-timeout" -> {
        int seconds = words.seconds("a time");
        return config -> config.set(MosKeys.TCP_TIMEOUT, seconds);
      }
      default -> throw new IllegalArgumentException("'" + key + "' isn't a setting of the stack");
    }
  }

  /** Sets socket options for connections and listeners opened from here on. */
  private static Consumer<TextRun> options(Words words) {
    String key = words.next("an option");
    switch (key) {
      case "congestion" -> {
        CongestionAlgorithm algorithm = CongestionAlgorithm.of(words.next("a name"));
        return run -> run.options.congestion(algorithm);
      }
      case "defer-accept" -> {
        int seconds = words.seconds("a time");
        return run -> run.options.deferAcceptSeconds(seconds);
      }
      case "fastopen" -> {
        boolean on = words.onOff();
        return run -> {
          run.options.fastOpenConnect(on).fastOpenBacklog(on ? 16 : 0);
          run.setting(
              config ->
                  config.set(MosKeys.TCP_FASTOPEN, on ? FastOpenMode.BOTH : FastOpenMode.OFF));
        };
      }
      case "keepalive" -> {
        int idle = words.seconds("the time of silence");
        int interval = words.seconds("the time between probes");
        int probes = words.number("the number of probes");
        return run -> run.options.keepAlive(true).keepAliveTimes(idle, interval, probes);
      }
      case "maxseg" -> {
        int bytes = words.number("bytes");
        return run -> run.options.maxSegment(bytes);
      }
      case "rcvbuf" -> {
        int bytes = words.number("bytes");
        return run -> run.options.receiveBuffer(bytes);
      }
      case "sndbuf" -> {
        int bytes = words.number("bytes");
        return run -> run.options.sendBuffer(bytes);
      }
      case "tos" -> {
        int octet = words.number("the type-of-service octet");
        return run -> run.options.tos(octet);
      }
      default -> throw new IllegalArgumentException("'" + key + "' isn't an option");
    }
  }

  // ---- The application ----

  private static Consumer<TextRun> application(String word, Words words) {
    return switch (word) {
      case "listen" -> {
        int backlog = words.took("backlog") ? words.number("connections") : 128;
        boolean hold = words.took("hold");
        yield run -> run.listen(backlog, hold);
      }
      case "unlisten" -> TextRun::stopListening;
      case "connect" -> {
        int timeout = words.took("timeout") ? (int) words.millis("a time") : 0;
        int bytes = words.took("data") ? words.number("bytes") : 0;
        yield run -> {
          run.connect(ScriptTestBase.REMOTE_PORT, timeout);
          if (bytes > 0) {
            same(bytes, run.app().write(bytes));
          }
        };
      }
      case "accept" -> {
        boolean none = words.took("none");
        yield none ? TextRun::nothingToAccept : TextRun::accept;
      }
      case "write" -> write(words);
      case "read" -> read(words);
      case "close" -> run -> run.connection().close();
      case "shutdown" -> run -> run.connection().shutdownOutput();
      case "shutdown-input" -> run -> run.connection().shutdownInput();
      case "abort" -> run -> run.connection().abort();
      case "set" -> set(words);
      default -> look(word, words);
    };
  }

  /** {@code write N [takes N]}. */
  private static Consumer<TextRun> write(Words words) {
    int bytes = words.number("bytes");
    int takes = words.took("takes") ? words.number("bytes") : bytes;
    return run -> {
      run.connection();
      same(takes, run.app().write(bytes));
    };
  }

  /** {@code read N}, {@code read all N} or {@code read eof}. */
  private static Consumer<TextRun> read(Words words) {
    if (words.took("eof")) {
      return run -> {
        run.connection();
        same(-1, run.app().read(1));
      };
    }
    boolean all = words.took("all");
    int bytes = words.number("bytes");
    return run -> {
      run.connection();
      same(bytes, all ? run.app().readAll() : run.app().read(bytes));
    };
  }

  /** Sets options of an existing connection. */
  private static Consumer<TextRun> set(Words words) {
    String key = words.next("an option");
    switch (key) {
      case "nodelay" -> {
        boolean on = words.onOff();
        return run -> run.connection().noDelay(on);
      }
      case "cork" -> {
        boolean on = words.onOff();
        return run -> run.connection().cork(on);
      }
      case "quickack" -> {
        boolean on = words.onOff();
        return run -> run.connection().quickAck(on);
      }
      case "keepalive" -> {
        if (words.took("on")) {
          return run -> run.connection().keepAlive(true);
        }
        int idle = words.seconds("the time of silence");
        int interval = words.seconds("the time between probes");
        int probes = words.number("the number of probes");
        return run -> {
          run.connection().keepAliveTimes(idle, interval, probes);
          run.connection().keepAlive(true);
        };
      }
      case "user-timeout" -> {
        int millis = (int) words.millis("a time");
        return run -> run.connection().userTimeoutMillis(millis);
      }
      case "rcvbuf" -> {
        int bytes = words.number("bytes");
        return run -> run.connection().receiveBuffer(bytes);
      }
      default -> throw new IllegalArgumentException("'" + key + "' can't be set");
    }
  }

  // ---- Observations ----

  private static Consumer<TextRun> look(String word, Words words) {
    return switch (word) {
      case "state" -> {
        TcpState state = words.constant(TcpState.class);
        yield run -> same(state, run.connection().state());
      }
      case "events" -> {
        List<String> events = new ArrayList<>();
        while (!words.isEmpty()) {
          String event = words.next("an event");
          events.add(event.equals("closed") ? "closed " + words.constant(TcpError.class) : event);
        }
        String[] expected =
            events.equals(List.of("none")) ? new String[0] : events.toArray(String[]::new);
        yield run -> run.app().saw(expected);
      }
      case "closed" -> {
        TcpError error = words.constant(TcpError.class);
        yield run -> run.app().sawClosed(error);
      }
      case "count" -> {
        Counter counter = words.constant(Counter.class);
        int grown = words.number("its growth");
        yield run -> run.counts(counter, grown);
      }
      case "cwnd" -> {
        int bytes = words.number("bytes");
        yield run -> same(bytes, run.connection().congestionWindow());
      }
      case "unacked" -> {
        int bytes = words.number("bytes");
        yield run -> same(bytes, run.connection().unacknowledgedBytes());
      }
      case "mss" -> {
        boolean atMost = words.took("at-most");
        int bytes = words.number("bytes");
        yield run -> {
          int size = run.connection().segmentSize();
          same(atMost ? Math.min(bytes, size) : bytes, size);
        };
      }
      case "flows" -> {
        int flows = words.number("connections, with those in TIME_WAIT");
        yield run -> {
          run.script().settle();
          same(flows, run.script().stack.flows());
        };
      }
      case "buffers" -> {
        int buffers = words.number("packet buffers");
        yield run -> {
          run.script().settle();
          same(buffers, run.script().core.buffersInUse());
        };
      }
      default -> throw new IllegalArgumentException("'" + word + "' isn't a step");
    };
  }
}
