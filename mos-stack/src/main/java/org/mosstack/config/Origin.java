package org.mosstack.config;

import java.util.Map;
import java.util.Objects;

/**
 * Where a configuration's keys stood, for errors that show only when the stack starts.
 *
 * @param fileName as the user gave it; {@link #PROGRAM} when there was no file
 * @param places the place of each given key; a device's key is {@code netdev <name>}
 */
public record Origin(String fileName, Map<String, Place> places) {
  /** Stands for the file's name where a program made the configuration. */
  public static final String PROGRAM = "configuration";

  /** Copies the map. */
  public Origin {
    Objects.requireNonNull(fileName, "fileName");
    places = Map.copyOf(places);
  }

  /**
   * One place.
   *
   * @param line from 1, or 0 when there was no file
   * @param text what was read there
   */
  public record Place(int line, String text) {}

  /**
   * An error about a key.
   *
   * @param key as in {@link #places()}; one that wasn't given is named without a line
   * @param allowed what may stand there
   * @return the exception, for the caller to throw
   */
  public ConfigException error(String key, String allowed) {
    Place place = places.getOrDefault(key, new Place(0, ""));
    return new ConfigException(fileName, place.line(), key, place.text(), allowed);
  }
}
