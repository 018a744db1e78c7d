package org.mosstack.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PublishedFiguresTest {
  @Test
  void theDocumentSaysWhatTheCommittedJsonHolds() throws IOException {
    Path document = Path.of("..", "docs", "benchmarks.md");
    assertEquals(Files.readString(document), Docs.renewed(document), "run bin/bench --docs");
  }
}
