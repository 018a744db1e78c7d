package org.mosstack.epserver;

import io.netty.util.AsciiString;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Content-Type by file name extension (IANA media types; text is served as UTF-8). */
final class MediaTypes {
  /** What a file of unknown kind is (RFC 9110, 8.3). */
  private static final AsciiString UNKNOWN = AsciiString.cached("application/octet-stream");

  private static final Map<String, AsciiString> BY_EXTENSION =
      table(
          "text/html; charset=utf-8", "html htm",
          "text/css; charset=utf-8", "css",
          "text/javascript; charset=utf-8", "js mjs",
          "text/plain; charset=utf-8", "txt text log conf ini",
          "text/markdown; charset=utf-8", "md",
          "text/csv; charset=utf-8", "csv",
          "text/xml; charset=utf-8", "xml xsl",
          "application/json", "json map",
          "application/manifest+json", "webmanifest",
          "application/pdf", "pdf",
          "application/wasm", "wasm",
          "application/zip", "zip",
          "application/gzip", "gz tgz",
          "application/x-tar", "tar",
          "application/zstd", "zst",
          "application/x-bzip2", "bz2",
          "application/x-xz", "xz",
          "application/java-archive", "jar",
          "application/rss+xml", "rss",
          "application/atom+xml", "atom",
          "image/png", "png",
          "image/jpeg", "jpg jpeg",
          "image/gif", "gif",
          "image/webp", "webp",
          "image/avif", "avif",
          "image/svg+xml", "svg",
          "image/x-icon", "ico",
          "image/bmp", "bmp",
          "image/tiff", "tif tiff",
          "font/woff", "woff",
          "font/woff2", "woff2",
          "font/ttf", "ttf",
          "font/otf", "otf",
          "audio/mpeg", "mp3",
          "audio/ogg", "ogg oga opus",
          "audio/wav", "wav",
          "audio/flac", "flac",
          "video/mp4", "mp4 m4v",
          "video/webm", "webm",
          "video/mpeg", "mpeg mpg",
          "video/quicktime", "mov");

  private MediaTypes() {}

  /** The media type for a file of this name; {@code application/octet-stream} when unknown. */
  static AsciiString of(String fileName) {
    int dot = fileName.lastIndexOf('.');
    if (dot < 0) {
      return UNKNOWN;
    }
    String extension = fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
    return BY_EXTENSION.getOrDefault(extension, UNKNOWN);
  }

  private static Map<String, AsciiString> table(String... typesAndExtensions) {
    Map<String, AsciiString> table = new HashMap<>();
    for (int i = 0; i < typesAndExtensions.length; i += 2) {
      AsciiString type = AsciiString.cached(typesAndExtensions[i]);
      for (String extension : typesAndExtensions[i + 1].split(" ")) {
        table.put(extension, type);
      }
    }
    return Map.copyOf(table);
  }
}
