package org.mosstack.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Writes jars and folders of classes to one folder, with another name for Netty. */
final class RelocatedJars {
  private RelocatedJars() {}

  static void write(List<Path> sources, String netty, Path folder) throws IOException {
    for (Path source : sources) {
      if (Files.isDirectory(source)) {
        copy(source, netty, folder);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(source)) {
          copy(jar.getPath("/"), netty, folder);
        }
      }
    }
  }

  private static void copy(Path root, String netty, Path folder) throws IOException {
    Relocation relocation = new Relocation(netty);
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      String name = root.relativize(file).toString();
      if (name.endsWith(".class") && !name.endsWith("module-info.class")) {
        byte[] relocated;
        try (InputStream in = Files.newInputStream(file)) {
          relocated = relocation.apply(in.readAllBytes());
        }
        Path target =
            folder.resolve(name.replaceFirst("^io/netty/", netty.replace('.', '/') + "/"));
        Files.createDirectories(target.getParent());
        Files.write(target, relocated);
      }
    }
  }
}
