package org.mosstack.epserver;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Date;

/** Conditional requests, in the order of RFC 9110, 13.2.2. */
final class Preconditions {
  /** The result of a request's conditions. */
  enum Outcome {
    /** Answer as if there were none. */
    PROCEED,
    /** The client's copy is good: 304. */
    NOT_MODIFIED,
    /** The client asked for another version: 412. */
    FAILED
  }

  private Preconditions() {}

  /** Evaluates the conditions of a GET or HEAD of {@code file}. */
  static Outcome evaluate(HttpHeaders headers, StoredFile file) {
    if (headers.contains(HttpHeaderNames.IF_MATCH)) {
      if (!listed(headers, HttpHeaderNames.IF_MATCH, file.etag(), false)) {
        return Outcome.FAILED;
      }
    } else {
      long unmodifiedSince = seconds(headers.get(HttpHeaderNames.IF_UNMODIFIED_SINCE));
      if (unmodifiedSince != NO_DATE && file.modifiedSeconds() > unmodifiedSince) {
        return Outcome.FAILED;
      }
    }
    if (headers.contains(HttpHeaderNames.IF_NONE_MATCH)) {
      return listed(headers, HttpHeaderNames.IF_NONE_MATCH, file.etag(), true)
          ? Outcome.NOT_MODIFIED
          : Outcome.PROCEED;
    }
    long modifiedSince = seconds(headers.get(HttpHeaderNames.IF_MODIFIED_SINCE));
    return modifiedSince != NO_DATE && file.modifiedSeconds() <= modifiedSince
        ? Outcome.NOT_MODIFIED
        : Outcome.PROCEED;
  }

  /**
   * Whether If-Range lets a Range header count (RFC 9110, 13.1.5): both validators must be exact.
   */
  static boolean rangeApplies(HttpHeaders headers, StoredFile file) {
    String ifRange = headers.get(HttpHeaderNames.IF_RANGE);
    if (ifRange == null || file.etag().contentEquals(ifRange)) {
      return true;
    }
    return seconds(ifRange) == file.modifiedSeconds();
  }

  private static final long NO_DATE = Long.MIN_VALUE;

  /** An HTTP date in any of its three forms, seconds since 1970; a bad one counts as absent. */
  private static long seconds(String date) {
    if (date == null || date.isEmpty()) {
      return NO_DATE;
    }
    Date parsed = DateFormatter.parseHttpDate(date);
    return parsed == null ? NO_DATE : Math.floorDiv(parsed.getTime(), 1000L);
  }

  private static boolean listed(
      HttpHeaders headers, AsciiString name, AsciiString etag, boolean weakCounts) {
    for (String list : headers.getAll(name)) {
      if (list.strip().equals("*") || listed(list, etag, weakCounts)) {
        return true;
      }
    }
    return false;
  }

  /** Walks a list of entity tags; what stands between quotes may hold commas (RFC 9110, 8.8.3). */
  private static boolean listed(String list, AsciiString etag, boolean weakCounts) {
    int i = 0;
    while (true) {
      int open = list.indexOf('"', i);
      int close = open < 0 ? -1 : list.indexOf('"', open + 1);
      if (close < 0) {
        return false;
      }
      boolean weak = open >= 2 && list.startsWith("W/", open - 2);
      if ((weakCounts || !weak) && etag.contentEquals(list.substring(open, close + 1))) {
        return true;
      }
      i = close + 1;
    }
  }
}
