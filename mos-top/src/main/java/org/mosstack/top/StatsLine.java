package org.mosstack.top;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;
import org.mosstack.stats.StackStats;

/** Reads lines of a {@code stats_json} file back into what they were written from. */
final class StatsLine {
  /** Skips what a newer stack may add. */
  private final ObjectReader reader =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build()
          .readerFor(StackStats.class);

  /**
   * Reads a line.
   *
   * @return empty if it isn't one of a stack's: damaged, or from another file
   */
  Optional<StackStats> parse(String line) {
    try {
      StackStats stats = reader.readValue(line);
      return stats == null || stats.cores().isEmpty() ? Optional.empty() : Optional.of(stats);
    } catch (JsonProcessingException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
