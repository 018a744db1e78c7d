package org.mosstack.epserver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.ReadOnlyHttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Makes the responses. {@code connection} is the Connection header's value, null for none; a
 * response to HEAD has the headers of its GET, and the codec drops nothing because it never gets a
 * body.
 */
final class Responses {
  private static final AsciiString ALLOWED = AsciiString.cached("GET, HEAD");

  private Responses() {}

  /** The whole file. */
  static FullHttpResponse file(
      StoredFile file, boolean head, AsciiString date, AsciiString connection) {
    return response(
        HttpResponseStatus.OK,
        head ? Unpooled.EMPTY_BUFFER : file.body(),
        file.okHeaders(date, connection));
  }

  /** 206 with one range of the file. */
  static FullHttpResponse part(
      StoredFile file, ByteRange range, AsciiString date, AsciiString connection) {
    return response(
        HttpResponseStatus.PARTIAL_CONTENT,
        file.body(range),
        pairs(
            connection,
            HttpHeaderNames.DATE,
            date,
            HttpHeaderNames.ETAG,
            file.etag(),
            HttpHeaderNames.LAST_MODIFIED,
            file.lastModified(),
            HttpHeaderNames.ACCEPT_RANGES,
            HttpHeaderValues.BYTES,
            HttpHeaderNames.CONTENT_TYPE,
            file.contentType(),
            HttpHeaderNames.CONTENT_RANGE,
            "bytes " + range.first() + '-' + range.last() + '/' + file.length(),
            HttpHeaderNames.CONTENT_LENGTH,
            Integer.toString(range.length())));
  }

  /** 304: the client has this version (RFC 9110, 15.4.5). */
  static FullHttpResponse notModified(StoredFile file, AsciiString date, AsciiString connection) {
    return response(
        HttpResponseStatus.NOT_MODIFIED,
        Unpooled.EMPTY_BUFFER,
        file.notModifiedHeaders(date, connection));
  }

  /** 416 with the file's size (RFC 9110, 15.5.17). */
  static FullHttpResponse unsatisfiable(StoredFile file, AsciiString date, AsciiString connection) {
    return message(
        HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        false,
        date,
        connection,
        HttpHeaderNames.CONTENT_RANGE,
        "bytes */" + file.length());
  }

  /** 301 to a folder's own address; the query goes along. */
  static FullHttpResponse redirect(
      AsciiString location, String query, boolean head, AsciiString date, AsciiString connection) {
    return message(
        HttpResponseStatus.MOVED_PERMANENTLY,
        head,
        date,
        connection,
        HttpHeaderNames.LOCATION,
        query == null ? location : location + "?" + ascii(query));
  }

  /** An error, or any other status that needs no header of its own, with its reason as body. */
  static FullHttpResponse status(
      HttpResponseStatus status, boolean head, AsciiString date, AsciiString connection) {
    return status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)
        ? message(status, head, date, connection, HttpHeaderNames.ALLOW, ALLOWED)
        : message(status, head, date, connection);
  }

  private static FullHttpResponse message(
      HttpResponseStatus status,
      boolean head,
      AsciiString date,
      AsciiString connection,
      CharSequence... more) {
    byte[] text = (status + "\n").getBytes(StandardCharsets.US_ASCII);
    List<CharSequence> pairs = new ArrayList<>();
    Collections.addAll(
        pairs,
        HttpHeaderNames.DATE,
        date,
        HttpHeaderNames.CONTENT_TYPE,
        "text/plain; charset=utf-8",
        HttpHeaderNames.CONTENT_LENGTH,
        Integer.toString(text.length));
    Collections.addAll(pairs, more);
    return response(
        status,
        head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(text),
        pairs(connection, pairs.toArray(CharSequence[]::new)));
  }

  private static CharSequence[] pairs(AsciiString connection, CharSequence... pairs) {
    if (connection == null) {
      return pairs;
    }
    CharSequence[] all = new CharSequence[pairs.length + 2];
    System.arraycopy(pairs, 0, all, 0, pairs.length);
    all[pairs.length] = HttpHeaderNames.CONNECTION;
    all[pairs.length + 1] = connection;
    return all;
  }

  /** The response's version is the server's own, 1.1, also for a 1.0 client (RFC 9110, 6.2). */
  private static FullHttpResponse response(
      HttpResponseStatus status, ByteBuf body, CharSequence[] pairs) {
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1,
        status,
        body,
        new ReadOnlyHttpHeaders(false, pairs),
        EmptyHttpHeaders.INSTANCE);
  }

  /** A query's bytes above ASCII, escaped: a header holds ASCII only. */
  private static String ascii(String query) {
    StringBuilder escaped = new StringBuilder(query.length());
    for (int i = 0; i < query.length(); i++) {
      char c = query.charAt(i);
      if (c < 0x80) {
        escaped.append(c);
      } else {
        escaped.append('%').append(Integer.toHexString(c));
      }
    }
    return escaped.toString();
  }
}
