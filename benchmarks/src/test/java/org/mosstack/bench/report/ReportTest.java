package org.mosstack.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final List<Figure> FIGURES =
      List.of(
          new Figure("T & co", "MOS", "requests/s", 300),
          new Figure("T & co", "MOS", "requests/s", 100),
          new Figure("T & co", "MOS", "requests/s", 200),
          new Figure("T & co", "EPOLL", "requests/s", 50),
          new Figure("T & co", "IO_URING", "requests/s", 100),
          new Figure("T & co", "MOS", "p50 us", 5),
          new Figure("T & co", "EPOLL", "p50 us", 20),
          new Figure("T & co", "IO_URING", "p50 us", 40),
          new Figure("series", "1", "ns per segment", 400),
          new Figure("series", "1000000", "ns per segment", 1234.4));

  @TempDir private Path folder;

  @Test
  void aCellIsTheMedianWithItsSpreadAndComparedWithTheBetterOfTheKernel() {
    Table table = Table.of(FIGURES).getFirst();
    assertEquals(new Cell(200, 100, 300, 3, 2.0), table.rows().get("MOS").get("requests/s"));
    assertEquals(0.25, table.rows().get("MOS").get("p50 us").ratio());
    assertEquals(1, table.rows().get("EPOLL").get("p50 us").ratio());
  }

  @Test
  void aMedianOfAnEvenNumberLiesBetween() {
    assertEquals(2.5, Cell.of(List.of(4.0, 1.0, 2.0, 3.0)).median());
  }

  @Test
  void withoutTheKernelNothingIsCompared() {
    assertNull(Table.of(FIGURES).getLast().rows().get("1").get("ns per segment").ratio());
  }

  @Test
  void aTableLeavesOutWhatNoRowHas() {
    assertEquals(
        """
        | series | ns per segment |
        | --- | ---: |
        | 1 | 400 |
        | 1000000 | 1,234 |
        """,
        Markdown.of(Table.of(FIGURES).getLast()));
    assertEquals(
        """
        | T & co | requests/s | least to most | ratio | p50 us | ratio |
        | --- | ---: | ---: | ---: | ---: | ---: |
        | MOS | 200 | 100 to 300 | 2.00 | 5.00 | 0.25 |
        | EPOLL | 50.0 |  | 0.50 | 20.0 | 1.00 |
        | IO_URING | 100 |  | 1.00 | 40.0 | 2.00 |
        """,
        Markdown.of(Table.of(FIGURES).getFirst()));
  }

  @Test
  void figuresAndOutcomesAreReadAsTheyWereWritten() throws IOException {
    Path file = folder.resolve("figures");
    for (Figure figure : FIGURES) {
      figure.append(file);
    }
    assertEquals(FIGURES, Figure.read(file));
    Outcome outcome = new Outcome(List.of("bin/bench"), Table.of(FIGURES));
    outcome.write(folder.resolve("t.json"));
    assertEquals(outcome, Outcome.read(folder.resolve("t.json")));
  }

  @Test
  void aPlotIsXmlThatNamesEachRowAndTheHeading() throws Exception {
    String svg = Plot.of(new Outcome(List.of("bin/bench t, commit abc"), Table.of(FIGURES)));
    Path file = Files.writeString(folder.resolve("t.svg"), svg);
    String text =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(file.toFile())
            .getDocumentElement()
            .getTextContent();
    for (String part : List.of("commit abc", "T & co", "IO_URING", "200 (2.00)", "1,234", "1M")) {
      assertTrue(text.contains(part), () -> part + " in " + text);
    }
  }

  @Test
  void jmhGivesAFigureOfEachFork() throws IOException {
    Path json =
        Files.writeString(
            folder.resolve("jmh.json"),
            """
            [{"benchmark": "a.Requests.requests", "params": {"transport": "MOS", "connections": "64"},
              "primaryMetric": {"rawData": [[10, 20], [40, 50]]}},
             {"benchmark": "a.StackBenchmark.requestResponse", "params": {"connections": "64"},
              "primaryMetric": {"rawData": [[1]]},
              "secondaryMetrics": {"segments": {"rawData": [[1000000, 3000000]]}}}]
            """);
    assertEquals(
        List.of(
            new Figure("Requests, connections 64", "MOS", "requests/s", 15),
            new Figure("Requests, connections 64", "MOS", "requests/s", 45),
            new Figure("Stack alone, both ends on one thread", "64", "ns per segment", 500)),
        JmhFigures.read(json));
  }

  @Test
  void aDocumentsTablesAreThoseOfTheJson() throws IOException {
    Files.createDirectory(folder.resolve("benchmarks"));
    Outcome outcome = new Outcome(List.of("bin/bench"), Table.of(FIGURES));
    outcome.write(folder.resolve("benchmarks/t.json"));
    Path document =
        Files.writeString(
            folder.resolve("d.md"), "before\n<!-- bench t -->\nold\n<!-- end -->\nafter\n");
    String renewed = Docs.renewed(document);
    assertEquals(
        "before\n<!-- bench t -->\n\n" + Markdown.of(outcome) + "\n<!-- end -->\nafter\n", renewed);
    Files.writeString(document, renewed);
    assertEquals(renewed, Docs.renewed(document), "a second time changes nothing");
    Files.writeString(document, "<!-- bench t -->\n");
    assertThrows(IOException.class, () -> Docs.renewed(document));
  }

  @Test
  void aRunIsKeptAsTextJsonAndPlot() throws IOException {
    Path figures = folder.resolve("figures");
    Path prefix = folder.resolve("t");
    List<String> heading = List.of("bin/bench t", "2 CPUs");
    assertThrows(
        IOException.class, () -> Report.write(prefix, heading, List.of(), figures), "nothing yet");
    for (Figure figure : FIGURES) {
      figure.append(figures);
    }
    String table = Report.write(prefix, heading, List.of(), figures);
    assertTrue(table.endsWith("\nbin/bench t; 2 CPUs.\n"), table);
    assertEquals(table, Files.readString(folder.resolve("t.txt")));
    Outcome outcome = Outcome.read(folder.resolve("t.json"));
    assertEquals(new Outcome(heading, Table.of(FIGURES)), outcome);
    assertEquals(Plot.of(outcome), Files.readString(folder.resolve("t.svg")));
  }
}
