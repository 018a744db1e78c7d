package org.mosstack.epserver;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a request line asks for (RFC 9112, 3.2), in origin-form or absolute-form.
 *
 * <p>A path is decoded once, its dot segments are removed (RFC 3986, 5.2.4), and what would climb
 * out of the folder, or could be taken for it by a later decoder, is refused with 403: {@code ..}
 * above the root, an encoded slash, a backslash, NUL, and escapes that decode to another escape of
 * these.
 *
 * @param error 400 or 403; null when the target is good
 * @param path the decoded path, which starts with a slash and has no dot segments; null on error
 * @param query what follows the question mark, as it was sent; null when there is none
 */
record RequestTarget(HttpResponseStatus error, String path, String query) {
  private static final RequestTarget BAD =
      new RequestTarget(HttpResponseStatus.BAD_REQUEST, null, null);
  private static final RequestTarget FORBIDDEN =
      new RequestTarget(HttpResponseStatus.FORBIDDEN, null, null);

  private static final String[] SCHEMES = {"http://", "https://"};

  /** Escapes that one decoding must not leave behind: dot, slash, backslash, NUL, percent. */
  private static final String[] NESTED = {"2e", "2f", "5c", "00", "25"};

  /** Reads a request target whose characters are the bytes that were sent. */
  static RequestTarget parse(String target) {
    int start = target.startsWith("/") ? 0 : pathOfAbsoluteForm(target);
    if (start < 0) {
      return BAD;
    }
    int end = target.length();
    int question = -1;
    boolean plain = true;
    for (int i = start; i < end; i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c == 0x7f || c == '#') {
        return c == 0 ? FORBIDDEN : BAD;
      }
      if (question < 0) {
        if (c == '?') {
          question = i;
        } else if (c == '%' || c == '\\' || c > 0x7f || c == '.' && isSegmentStart(target, i)) {
          plain = false;
        }
      }
    }
    String query = question < 0 ? null : target.substring(question + 1);
    String raw = target.substring(start, question < 0 ? end : question);
    if (raw.isEmpty()) {
      raw = "/";
    }
    return plain ? new RequestTarget(null, raw, query) : decode(raw, query);
  }

  private static boolean isSegmentStart(String target, int i) {
    return i > 0 && target.charAt(i - 1) == '/';
  }

  /** Where the path of an absolute-form starts; -1 when the target is none. */
  private static int pathOfAbsoluteForm(String target) {
    for (String scheme : SCHEMES) {
      if (target.regionMatches(true, 0, scheme, 0, scheme.length())) {
        int i = scheme.length();
        while (i < target.length() && "/?#".indexOf(target.charAt(i)) < 0) {
          if (!HostHeader.isHostCharacter(target.charAt(i))) {
            return -1;
          }
          i++;
        }
        return i == scheme.length() ? -1 : i;
      }
    }
    return -1;
  }

  private static RequestTarget decode(String raw, String query) {
    byte[] bytes = new byte[raw.length()];
    int n = 0;
    boolean forbidden = false;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(raw.charAt(i + 2), 16);
        if (low < 0) {
          return BAD;
        }
        c = (char) (high << 4 | low);
        i += 2;
        forbidden |= c == '/' || c == 0;
      }
      forbidden |= c == '\\';
      bytes[n++] = (byte) c;
    }
    if (forbidden) {
      return FORBIDDEN;
    }
    String path;
    try {
      path = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, n)).toString();
    } catch (CharacterCodingException _) {
      return BAD;
    }
    path = isNested(path) ? null : withoutDotSegments(path);
    return path == null ? FORBIDDEN : new RequestTarget(null, path, query);
  }

  private static boolean isNested(String path) {
    for (int i = path.indexOf('%'); i >= 0; i = path.indexOf('%', i + 1)) {
      for (String escape : NESTED) {
        if (path.regionMatches(true, i + 1, escape, 0, escape.length())) {
          return true;
        }
      }
    }
    return false;
  }

  /** Removes dot segments; null when the path climbs above its root on the way. */
  private static String withoutDotSegments(String path) {
    List<String> kept = new ArrayList<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      boolean last = i == segments.length - 1;
      if (segment.equals("..")) {
        if (kept.isEmpty()) {
          return null;
        }
        kept.removeLast();
      } else if (!segment.equals(".")) {
        kept.add(segment);
        continue;
      }
      if (last) {
        kept.add("");
      }
    }
    return '/' + String.join("/", kept);
  }
}
