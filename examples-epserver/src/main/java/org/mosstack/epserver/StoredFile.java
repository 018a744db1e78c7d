package org.mosstack.epserver;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.util.AsciiString;
import java.nio.ByteBuffer;
import java.util.Date;
import java.util.zip.CRC32C;

/**
 * One file in memory, with every header value that doesn't change from request to request.
 * Immutable; any thread may read it. Its buffer is only ever sliced, never moved.
 */
final class StoredFile implements Resource {
  /** Where {@link #okHeaders} and {@link #notModifiedHeaders} hold the Date's value. */
  private static final int DATE_VALUE = 1;

  private static final int CONNECTION_PAIR = 2;

  private final ByteBuf content;
  private final long modifiedSeconds;
  private final AsciiString etag;
  private final AsciiString lastModified;
  private final AsciiString contentType;
  private final CharSequence[] okHeaders;
  private final CharSequence[] notModifiedHeaders;

  /**
   * Takes ownership of {@code content}.
   *
   * @param modifiedNanos when the file was last changed, nanoseconds since 1970: two versions
   *     written within one second still get different entity tags
   */
  StoredFile(String name, ByteBuf content, long modifiedNanos) {
    this.content = content;
    this.modifiedSeconds = Math.floorDiv(modifiedNanos, 1_000_000_000L);
    this.etag = entityTag(content, modifiedNanos);
    this.lastModified = AsciiString.cached(DateFormatter.format(new Date(modifiedSeconds * 1000)));
    this.contentType = MediaTypes.of(name);
    this.okHeaders =
        new CharSequence[] {
          HttpHeaderNames.DATE,
          null,
          HttpHeaderNames.ETAG,
          etag,
          HttpHeaderNames.LAST_MODIFIED,
          lastModified,
          HttpHeaderNames.ACCEPT_RANGES,
          HttpHeaderValues.BYTES,
          HttpHeaderNames.CONTENT_TYPE,
          contentType,
          HttpHeaderNames.CONTENT_LENGTH,
          AsciiString.cached(Integer.toString(length()))
        };
    this.notModifiedHeaders =
        new CharSequence[] {
          HttpHeaderNames.DATE, null,
          HttpHeaderNames.ETAG, etag,
          HttpHeaderNames.LAST_MODIFIED, lastModified
        };
  }

  /** The number of bytes, 0 to 2^31 - 1. */
  int length() {
    return content.readableBytes();
  }

  /** A slice of the whole file that the caller owns; no byte is copied. */
  ByteBuf body() {
    return content.retainedSlice();
  }

  /** A slice of a part of the file that the caller owns; no byte is copied. */
  ByteBuf body(ByteRange range) {
    return content.retainedSlice(content.readerIndex() + range.first(), range.length());
  }

  /** The strong entity tag, quotes included (RFC 9110, 8.8.3). */
  AsciiString etag() {
    return etag;
  }

  /** Last-Modified's value (RFC 9110, 8.8.2). */
  AsciiString lastModified() {
    return lastModified;
  }

  /** Content-Type's value. */
  AsciiString contentType() {
    return contentType;
  }

  /** When the file was last changed, seconds since 1970. */
  long modifiedSeconds() {
    return modifiedSeconds;
  }

  /** Name-value pairs of a 200; {@code connection} null leaves that header out. */
  CharSequence[] okHeaders(AsciiString date, AsciiString connection) {
    return complete(okHeaders, date, connection);
  }

  /** Name-value pairs of a 304; {@code connection} null leaves that header out. */
  CharSequence[] notModifiedHeaders(AsciiString date, AsciiString connection) {
    return complete(notModifiedHeaders, date, connection);
  }

  private static CharSequence[] complete(
      CharSequence[] template, AsciiString date, AsciiString connection) {
    int n = template.length;
    CharSequence[] pairs = new CharSequence[connection == null ? n : n + CONNECTION_PAIR];
    System.arraycopy(template, 0, pairs, 0, n);
    pairs[DATE_VALUE] = date;
    if (connection != null) {
      pairs[n] = HttpHeaderNames.CONNECTION;
      pairs[n + 1] = connection;
    }
    return pairs;
  }

  /** Frees the memory once the last slice is released. */
  void release() {
    content.release();
  }

  /** References held: 1 when no slice is on its way to a client. */
  int refCnt() {
    return content.refCnt();
  }

  private static AsciiString entityTag(ByteBuf content, long modifiedNanos) {
    // The checksum tells versions apart that share a size and a time, as copies that keep times do.
    CRC32C crc = new CRC32C();
    for (ByteBuffer part : content.nioBuffers()) {
      crc.update(part);
    }
    return AsciiString.cached(
        '"'
            + Integer.toHexString(content.readableBytes())
            + '-'
            + Long.toHexString(modifiedNanos)
            + '-'
            + Long.toHexString(crc.getValue())
            + '"');
  }
}
