package org.mosstack.epserver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/** The folder that the tests serve, with a secret next to it. */
final class WebFolder {
  static final Instant MODIFIED = Instant.parse("2020-01-02T03:04:05Z");
  static final String MODIFIED_HEADER = "Thu, 02 Jan 2020 03:04:05 GMT";
  static final String INDEX = "<p>hello</p>\n";
  static final String DIGITS = "0123456789";
  static final String SECRET = "top secret";

  private WebFolder() {}

  /** Creates the folder in {@code parent}, and returns it. */
  static Path create(Path parent) throws IOException {
    Path www = Files.createDirectories(parent.resolve("www"));
    write(parent.resolve("secret.txt"), SECRET);
    write(www.resolve("index.html"), INDEX);
    write(www.resolve("digits.txt"), DIGITS);
    write(www.resolve("empty.bin"), "");
    write(www.resolve("big.bin"), "x".repeat(300_000));
    write(www.resolve("sub dir/index.html"), "sub");
    write(www.resolve("sub dir/deep/page.css"), "p {}");
    write(www.resolve("noindex/file.json"), "{}");
    write(www.resolve(".well-known/x"), "wk");
    write(www.resolve("50% off.txt"), "sale");
    write(www.resolve(".env"), SECRET);
    write(www.resolve(".git/config"), SECRET);
    write(www.resolve("sub dir/.hidden"), SECRET);
    return www;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    Files.setLastModifiedTime(file, FileTime.from(MODIFIED));
  }
}
