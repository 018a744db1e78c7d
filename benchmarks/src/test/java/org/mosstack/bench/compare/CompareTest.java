package org.mosstack.bench.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompareTest {
  @Test
  void webSizesHaveTheirMedianAndBounds() {
    int[] sizes = WebSizes.draw(4096, 1);
    Arrays.sort(sizes);
    assertTrue(sizes[0] >= WebSizes.MIN_BYTES, () -> "least " + sizes[0]);
    assertTrue(sizes[4095] <= WebSizes.MAX_BYTES, () -> "most " + sizes[4095]);
    assertEquals(8192, sizes[2048], 1000, "median, seed 1");
    assertEquals(30_000, Arrays.stream(sizes).average().orElseThrow(), 5000, "mean, seed 1");
    assertArrayEquals(WebSizes.draw(10, 7), WebSizes.draw(10, 7));
  }

  @Test
  void aChildHasTheFlagsOfItsParentWithoutJmhsOwn() {
    assertEquals(
        List.of("-Xmx1g", "-XX:+UseParallelGC"),
        ServerProcess.flags(
            List.of(
                "-Dbench.figures=x",
                "-XX:CompileCommandFile=/tmp/jmh",
                "-Xmx1g",
                "-XX:+UseParallelGC")));
  }
}
