package org.mosstack.epwget;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.mosstack.config.ConfigException;
import org.mosstack.config.KeyValueConfig;

/**
 * An {@code epwget.conf}: what to fetch, how often, how many at once.
 *
 * @param target the key {@code url}, and {@code dest_port} where the URL has no port
 * @param totalFlows the key {@code total_flows}: how many requests, 1 to 15 digits
 * @param totalConcurrency the key {@code total_concurrency}: how many of them at once; 0 for
 *     {@value #DEFAULT_CONCURRENCY_PER_LOOP} a loop
 * @param coreLimit the key {@code core_limit}: how many loops make them; 0 for all
 * @param keepAlive the key {@code keep_alive}: whether a connection carries more than one request
 */
public record EpwgetConfig(
    HttpTarget target, long totalFlows, int totalConcurrency, int coreLimit, boolean keepAlive) {
  /** The original's concurrency where none is given, for each loop. */
  public static final int DEFAULT_CONCURRENCY_PER_LOOP = 100;

  private static final long MAX_FLOWS = 999_999_999_999_999L; // 15 digits, exact in JSON
  private static final int MAX_CONCURRENCY = 1 << 24;
  private static final int MAX_CORES = 1 << 16;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public EpwgetConfig {
    Objects.requireNonNull(target);
    check("total_flows", totalFlows, 1, MAX_FLOWS);
    check("total_concurrency", totalConcurrency, 0, MAX_CONCURRENCY);
    check("core_limit", coreLimit, 0, MAX_CORES);
  }

  /**
   * Loads a file, and resolves the URL's host, which may block.
   *
   * @param file in the original's format: lines of {@code key = value}, comments with {@code #}
   * @throws ConfigException if the file can't be read, or something in it is unknown, missing or
   *     out of range
   */
  public static EpwgetConfig load(Path file) {
    KeyValueConfig keys =
        KeyValueConfig.load(
            file,
            Set.of(
                "url",
                "dest_port",
                "total_flows",
                "total_concurrency",
                "core_limit",
                "keep_alive"));
    String url = keys.requiredString("url");
    long flows = keys.longValue("total_flows", 1, MAX_FLOWS, 0);
    if (flows == 0) {
      throw keys.error("total_flows", "a line total_flows = <number of requests>");
    }
    return new EpwgetConfig(
        target(keys, url),
        flows,
        keys.intValue("total_concurrency", 0, MAX_CONCURRENCY, 0),
        keys.intValue("core_limit", 0, MAX_CORES, 0),
        keys.bool("keep_alive", false));
  }

  private static HttpTarget target(KeyValueConfig keys, String url) {
    int port = keys.intValue("dest_port", 0, 65535, 0); // 0: not given, as in the original
    HttpTarget target;
    try {
      target = HttpTarget.parse(url, port == 0 ? HttpTarget.DEFAULT_PORT : port);
    } catch (HttpTarget.BadUrlException e) {
      throw keys.error("url", e.allowed());
    }
    if (port != 0 && port != target.address().getPort()) {
      throw keys.error("dest_port", "the port that the url gives, or no port in the url");
    }
    return target;
  }

  /** This configuration for another URL; its port is the present one where the URL has none. */
  public EpwgetConfig withUrl(String url) {
    return new EpwgetConfig(
        HttpTarget.parse(url, target.address().getPort()),
        totalFlows,
        totalConcurrency,
        coreLimit,
        keepAlive);
  }

  /** This configuration with another number of requests. */
  public EpwgetConfig withTotalFlows(long totalFlows) {
    return new EpwgetConfig(target, totalFlows, totalConcurrency, coreLimit, keepAlive);
  }

  /** This configuration with another number of requests at once. */
  public EpwgetConfig withTotalConcurrency(int totalConcurrency) {
    return new EpwgetConfig(target, totalFlows, totalConcurrency, coreLimit, keepAlive);
  }

  /** This configuration for another number of loops. */
  public EpwgetConfig withCoreLimit(int coreLimit) {
    return new EpwgetConfig(target, totalFlows, totalConcurrency, coreLimit, keepAlive);
  }

  /** This configuration with or without reuse of connections. */
  public EpwgetConfig withKeepAlive(boolean keepAlive) {
    return new EpwgetConfig(target, totalFlows, totalConcurrency, coreLimit, keepAlive);
  }

  private static void check(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          key + ": read \"" + value + "\", allowed: " + min + " to " + max);
    }
  }
}
