package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest {
  @TempDir Path parent;
  private Path www;

  @BeforeEach
  void create() throws IOException {
    www = WebFolder.create(parent);
  }

  @Test
  void namesThatBeginWithADotAreLeftOutUnlessTheyAreAskedFor() throws IOException {
    for (String path : new String[] {"/.env", "/.git/config", "/sub dir/.hidden"}) {
      try (FileStore store = FileStore.load(www)) {
        assertNull(store.find(path), path);
        assertNotNull(store.find("/.well-known/x"));
      }
      try (FileStore store = FileStore.load(www, true)) {
        assertNotNull(store.find(path), path);
      }
    }
  }

  @Test
  void readsAllFilesOfAllFolders() throws IOException {
    try (FileStore store = FileStore.load(www)) {
      assertEquals(9, store.fileCount());
      assertEquals(WebFolder.INDEX.length() + 10 + 300_000 + 3 + 4 + 2 + 2 + 4, store.byteCount());
      assertSame(store.find("/"), store.find("/index.html"));
      assertTrue(store.find("/sub dir") instanceof Resource.FolderRedirect);
      assertNull(store.find("/noindex"));
      assertNull(store.find(""));
    }
  }

  @Test
  void manyFilesInDeepFolders() throws IOException {
    Path folder = www;
    for (int i = 0; i < 40; i++) {
      folder = Files.createDirectory(folder.resolve("d"));
    }
    for (int i = 0; i < 500; i++) {
      Files.writeString(folder.resolve(i + ".txt"), "file " + i);
    }
    try (FileStore store = FileStore.load(www)) {
      assertEquals(509, store.fileCount());
      assertEquals("file 499", text(store, "/d".repeat(40) + "/499.txt"));
    }
  }

  @Test
  void namesAreUtf8WhateverTheLocale() throws IOException {
    Path folder = Path.of(URI.create(www.toUri() + "gr%C3%BC%C3%9Fe"));
    Files.createDirectory(folder);
    Files.writeString(Path.of(URI.create(folder.toUri() + "index.html")), "hello");
    Files.writeString(Path.of(URI.create(www.toUri() + "%E2%82%AC%20%25.txt")), "euro");
    try (FileStore store = FileStore.load(www)) {
      assertEquals("euro", text(store, "/\u20ac %.txt"));
      assertEquals(
          "/gr%C3%BC%C3%9Fe/",
          ((Resource.FolderRedirect) store.find("/gr\u00fc\u00dfe")).location().toString());
    }
  }

  @Test
  void linksAreFollowedInsideTheFolderOnly() throws IOException {
    Path outside = Files.createDirectory(parent.resolve("outside"));
    Files.writeString(outside.resolve("index.html"), "outside");
    link("inside.txt", Path.of("digits.txt"));
    link("inside-folder", Path.of("sub dir"));
    link("secret.txt", Path.of("../secret.txt"));
    link("secret-absolute.txt", parent.resolve("secret.txt"));
    link("outside", outside);
    link("detour.txt", Path.of("../www/digits.txt"));
    link("broken", Path.of("nothing"));
    link("self", Path.of("self"));
    link("sub dir/up", Path.of(".."));
    link("sub dir/here", Path.of("."));
    // A folder next to the served one, with a name that starts with the same letters.
    Path twin = Files.createDirectory(parent.resolve("www2"));
    Files.writeString(twin.resolve("x"), "twin");
    link("twin", twin);
    try (FileStore store = FileStore.load(www)) {
      assertEquals(9, store.fileCount(), "links share their file's memory");
      assertSame(store.find("/digits.txt"), store.find("/inside.txt"));
      assertSame(store.find("/digits.txt"), store.find("/detour.txt"));
      assertEquals("sub", text(store, "/inside-folder/"));
      for (String path :
          List.of(
              "/secret.txt",
              "/secret-absolute.txt",
              "/outside",
              "/outside/",
              "/outside/index.html",
              "/broken",
              "/self",
              "/twin/x",
              "/sub dir/up/digits.txt",
              "/sub dir/here/index.html")) {
        assertNull(store.find(path), path);
      }
    }
  }

  @Test
  void theFolderItselfMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(parent.resolve("link"), www);
    try (FileStore store = FileStore.load(link)) {
      assertEquals(9, store.fileCount());
    }
  }

  @Test
  void missingFolder() {
    assertFails(parent.resolve("none"), "no such file or folder: " + parent.resolve("none"));
  }

  @Test
  void fileInsteadOfFolder() {
    Path file = www.resolve("digits.txt");
    assertFails(file, file + " is not a folder");
  }

  @Test
  void unreadableFile() throws IOException {
    Path file = www.resolve("digits.txt");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    Path folder = www;
    if (Files.isReadable(file)) { // as root, only write-only files of the kernel are unreadable
      try (Stream<Path> drivers = Files.walk(Path.of("/sys/bus"), 4)) {
        folder = drivers.filter(f -> f.endsWith("bind")).findFirst().orElseThrow().getParent();
      }
    }
    Path unreadable = folder;
    IOException e = assertThrows(IOException.class, () -> FileStore.load(unreadable));
    assertTrue(e.getMessage().startsWith("no permission to read " + folder), e.getMessage());
  }

  @Test
  void fileTooLargeToServe() throws IOException {
    Path huge = www.resolve("huge.bin");
    try (RandomAccessFile sparse = new RandomAccessFile(huge.toFile(), "rw")) {
      sparse.setLength(1L << 31);
    }
    assertFails(
        www, huge + " has 2147483648 bytes: files of at most 2147483647 bytes can be served");
  }

  @Test
  void tagsChangeWithTimeSizeAndContent() throws IOException {
    Path file = www.resolve("digits.txt");
    String tag = tag("/digits.txt");
    assertEquals(tag, tag("/digits.txt"));
    Files.writeString(file, "9876543210");
    Files.setLastModifiedTime(file, FileTime.from(WebFolder.MODIFIED));
    String otherContent = tag("/digits.txt");
    assertNotEquals(tag, otherContent);
    Files.setLastModifiedTime(file, FileTime.from(WebFolder.MODIFIED.plusNanos(1000)));
    assertNotEquals(otherContent, tag("/digits.txt"));
  }

  @Test
  void timesAheadOfNowAreCutToNow() throws IOException {
    Files.setLastModifiedTime(
        www.resolve("digits.txt"), FileTime.fromMillis(System.currentTimeMillis() + 86_400_000));
    try (FileStore store = FileStore.load(www)) {
      StoredFile file = (StoredFile) store.find("/digits.txt");
      assertTrue(file.modifiedSeconds() <= System.currentTimeMillis() / 1000);
    }
  }

  @Test
  void slicesOutliveTheStore() throws IOException {
    FileStore store = FileStore.load(www);
    StoredFile file = (StoredFile) store.find("/digits.txt");
    ByteBuf whole = file.body();
    ByteBuf part = file.body(new ByteRange(3, 4));
    assertEquals(3, file.refCnt());
    store.close();
    store.close();
    assertEquals(2, file.refCnt());
    assertEquals("3456", part.toString(StandardCharsets.US_ASCII));
    assertFalse(part.release());
    assertTrue(whole.release());
    assertEquals(0, file.refCnt());
  }

  private void link(String name, Path target) throws IOException {
    Files.createSymbolicLink(www.resolve(name), target);
  }

  private String tag(String path) throws IOException {
    try (FileStore store = FileStore.load(www)) {
      return ((StoredFile) store.find(path)).etag().toString();
    }
  }

  private static String text(FileStore store, String path) {
    ByteBuf body = ((StoredFile) store.find(path)).body();
    try {
      return body.toString(StandardCharsets.UTF_8);
    } finally {
      body.release();
    }
  }

  private static void assertFails(Path folder, String message) {
    assertEquals(
        message, assertThrows(IOException.class, () -> FileStore.load(folder)).getMessage());
  }
}
