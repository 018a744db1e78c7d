package org.mosstack.interop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A capture file, as tshark reads it.
 *
 * @param file the file
 */
record Capture(Path file) {
  /** Matches packets whose checksum is wrong. */
  static final String WRONG_CHECKSUM = "tcp.checksum.status == 0 || ip.checksum.status == 0";

  /** Returns whether there is a packet that matches a filter, also in a file that still grows. */
  boolean has(String filter) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    tshark(lines, "-Y", filter);
    return !lines.isEmpty();
  }

  /** Returns the packets that match a filter, as tshark describes them. */
  List<String> lines(String filter) throws IOException, InterruptedException {
    return successful("-Y", filter);
  }

  /** Returns fields of the packets that match a filter: a line for each, with tabs between them. */
  List<String> fields(String filter, String... fields) throws IOException, InterruptedException {
    List<String> options = new ArrayList<>(List.of("-Y", filter, "-T", "fields"));
    for (String field : fields) {
      options.addAll(List.of("-e", field));
    }
    return successful(options.toArray(String[]::new));
  }

  /** Copies the packets that match a filter. */
  Capture copy(String filter, Path to) throws IOException, InterruptedException {
    successful("-Y", filter, "-F", "pcap", "-w", to.toString());
    return new Capture(to);
  }

  private List<String> successful(String... options) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    int code = tshark(lines, options);
    if (code != 0) {
      throw new IOException(file + ": tshark " + String.join(" ", options) + " ended with " + code);
    }
    return lines;
  }

  private int tshark(List<String> lines, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tshark", "-r", file.toString()));
    command.addAll(List.of("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"));
    command.addAll(List.of(options));
    // It complains about root.
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (InputStream output = process.getInputStream()) {
      new String(output.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(lines::add);
    }
    return process.waitFor();
  }
}
