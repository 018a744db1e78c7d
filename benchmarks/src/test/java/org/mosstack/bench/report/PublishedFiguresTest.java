package org.mosstack.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedFiguresTest {
  @ParameterizedTest
  @ValueSource(strings = {"benchmarks.md", "performance.md"})
  void aDocumentSaysWhatTheCommittedJsonHolds(String name) throws IOException {
    Path document = Path.of("..", "docs", name);
    assertEquals(Files.readString(document), Docs.renewed(document), "run bin/bench --docs");
  }
}
