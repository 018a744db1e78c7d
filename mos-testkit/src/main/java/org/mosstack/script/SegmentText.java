package org.mosstack.script;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiConsumer;
import org.mosstack.header.Ip4Address;

/**
 * A segment as in a line of a text script: {@code FLAGS FROM:TO [ack N] [win N] [options]}. Of an
 * expected segment, only flags, numbers, length and what is given are checked.
 */
final class SegmentText {
  private static final String FLAGS = "FSRP.UEW";
  private static final HexFormat HEX = HexFormat.of();

  private final int flags;
  private final int from;
  private final int to;
  private final int ack;
  private final boolean sent;

  /** Set on the segment when its turn comes: timestamps depend on what came before. */
  private final List<BiConsumer<Seg, Peer>> settings = new ArrayList<>();

  /**
   * Reads the rest of a line.
   *
   * @param sent whether the peer sends it; otherwise it is expected
   */
  SegmentText(Words words, boolean sent) {
    this.sent = sent;
    flags = flags(words.next("the flags"));
    String[] range = words.next("a range as 1:1461").split(":", -1);
    if (range.length != 2) {
      throw new IllegalArgumentException("'" + range[0] + "' where a range as 1:1461 is expected");
    }
    from = Words.number(range[0], "the first sequence number");
    to = Words.number(range[1], "the sequence number behind the payload");
    if (to - from < 0 || to - from > 65_000) {
      throw new IllegalArgumentException("a payload of " + (to - from) + " bytes");
    }
    boolean hasAck = (flags & Seg.ACK) != 0;
    boolean saysAck = words.took("ack");
    if (hasAck != saysAck) {
      throw new IllegalArgumentException(hasAck ? "'.' without ack" : "ack without '.'");
    }
    ack = saysAck ? words.number("the acknowledgment number") : 0;
    while (!words.isEmpty()) {
      setting(words.next("an option"), words);
    }
  }

  private static int flags(String word) {
    int flags = 0;
    if (word.equals("-")) {
      return 0;
    }
    for (char c : word.toCharArray()) {
      int bit = FLAGS.indexOf(c);
      if (bit < 0 || (flags & 1 << bit) != 0) {
        throw new IllegalArgumentException("'" + word + "' where flags of " + FLAGS + " stand");
      }
      flags |= 1 << bit;
    }
    return flags;
  }

  private void setting(String word, Words words) {
    switch (word) {
      case "win" -> {
        if (!words.took("*")) {
          int field = words.number("the window field");
          settings.add((seg, _) -> seg.win(field));
        }
      }
      case "mss" -> {
        int bytes = words.number("the MSS");
        settings.add((seg, _) -> seg.mss(bytes));
      }
      case "no-mss" -> settings.add((seg, _) -> seg.noMss());
      case "wscale" -> {
        int shift = words.number("the window shift");
        settings.add((seg, _) -> seg.wscale(shift));
      }
      case "no-wscale" -> settings.add((seg, _) -> seg.noWscale());
      case "ts" -> timestamps(words);
      case "no-ts" -> settings.add((seg, _) -> seg.noTs());
      case "sackok" -> settings.add((seg, _) -> seg.sackPermitted = true);
      case "no-sackok" -> settings.add((seg, _) -> seg.sackPermitted = false);
      case "sack" -> {
        int[] edges = edges(words.next("SACK blocks as 1:101,201:301"));
        settings.add((seg, _) -> seg.sack = edges);
      }
      case "no-sack" -> settings.add((seg, _) -> seg.sack = new int[0]);
      case "fo" -> {
        String cookie = words.next("a cookie in hexadecimal, request, any or last");
        switch (cookie) {
          case "request" -> settings.add((seg, _) -> seg.cookie = new byte[0]);
          case "any" -> settings.add((seg, _) -> seg.anyCookie = true);
          case "last" -> settings.add((seg, peer) -> seg.cookie = peer.lastCookie());
          default -> {
            byte[] bytes = HEX.parseHex(cookie);
            settings.add((seg, _) -> seg.cookie = bytes);
          }
        }
      }
      case "no-fo" -> settings.add((seg, _) -> seg.anyCookie = false);
      default -> rarely(word, words);
    }
  }

  /** Reads what belongs to the packet, or breaks rules. */
  private void rarely(String word, Words words) {
    switch (word) {
      case "tos" -> {
        int octet = words.number("the type-of-service octet");
        settings.add((seg, _) -> seg.tos = octet);
      }
      case "df" -> settings.add((seg, _) -> seg.dontFragment = true);
      case "no-df" -> settings.add((seg, _) -> seg.dontFragment = false);
      case "not-ect" -> settings.add((seg, _) -> seg.tos = 0);
      case "ect1" -> settings.add((seg, _) -> seg.tos = 1);
      case "ect0" -> settings.add((seg, _) -> seg.tos = 2);
      case "ce" -> settings.add((seg, _) -> seg.tos = 3);
      default -> broken(word, words);
    }
  }

  private void broken(String word, Words words) {
    if (!sent) {
      throw new IllegalArgumentException("'" + word + "' isn't understood here");
    }
    switch (word) {
      case "opt" -> {
        byte[] bytes = HEX.parseHex(words.next("bytes in hexadecimal"));
        settings.add((seg, _) -> seg.moreOptions = bytes);
      }
      case "raw" -> {
        byte[] bytes = HEX.parseHex(words.next("bytes in hexadecimal"));
        byte[] padded = Arrays.copyOf(bytes, bytes.length + 3 & ~3);
        settings.add((seg, _) -> seg.rawOptions = padded);
      }
      case "from" -> {
        int address = Ip4Address.parse(words.next("an address"));
        settings.add((seg, _) -> seg.source = address);
      }
      case "to" -> {
        int address = Ip4Address.parse(words.next("an address"));
        settings.add((seg, _) -> seg.destination = address);
      }
      case "bad-checksum" -> settings.add((seg, _) -> seg.wrongChecksum());
      default -> throw new IllegalArgumentException("'" + word + "' isn't understood here");
    }
  }

  /** {@code ts VALUE ECHO}: signed values are relative to the timestamp of the stack's SYN. */
  private void timestamps(Words words) {
    String value = words.next("the timestamp's value");
    String echo = words.next("the timestamp's echo");
    settings.add(
        (seg, peer) -> {
          seg.hasTs = true;
          seg.tsVal = timestamp(value, peer);
          seg.tsEcr = timestamp(echo, peer);
        });
  }

  private static Integer timestamp(String word, Peer peer) {
    if (word.equals("*")) {
      return null;
    }
    int number = Words.number(word, "a timestamp");
    return word.startsWith("+") ? (Integer) (peer.synTsVal + number) : (Integer) number;
  }

  private static int[] edges(String word) {
    String[] numbers = word.split("[:,]");
    int[] edges = new int[numbers.length];
    for (int i = 0; i < edges.length; i++) {
      edges[i] = Words.number(numbers[i], "an edge of a SACK block");
    }
    if (edges.length % 2 != 0) {
      throw new IllegalArgumentException("'" + word + "' where blocks as 1:101,201:301 stand");
    }
    return edges;
  }

  /** Returns the segment for this peer at this time. */
  Seg seg(Peer peer) {
    Seg seg = Seg.of(flags, from, ack, to - from);
    settings.forEach(setting -> setting.accept(seg, peer));
    return seg;
  }
}
