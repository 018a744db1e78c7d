package org.mosstack.epwget;

import java.nio.file.Path;
import java.util.Objects;
import org.mosstack.config.ConfigException;
import org.mosstack.config.ConfigKey;
import org.mosstack.config.KeyTable;
import org.mosstack.config.KeyValueConfig;
import org.mosstack.config.Range;

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

  /** The most requests that may be asked for, as good as any number. */
  public static final long MAX_FLOWS = 999_999_999_999_999L; // 15 digits, exact in JSON

  /** wrk's concurrency where none is given. */
  private static final int WRKS_CONCURRENCY = 10;

  /** The keys of the file. */
  static final KeyTable KEYS = new KeyTable();

  private static final ConfigKey<String> URL =
      KEYS.add(ConfigKey.text("url", "[http://]<host>[:<port>][/<path>]").required());
  private static final ConfigKey<Integer> DEST_PORT =
      KEYS.add(
          ConfigKey.number(
                  "dest_port",
                  Range.of("a port", 1, 65_535).or(0, "for " + HttpTarget.DEFAULT_PORT))
              .otherwise(0));
  private static final ConfigKey<Long> TOTAL_FLOWS =
      KEYS.add(ConfigKey.longNumber("total_flows", Range.of("requests", 1, MAX_FLOWS)).required());
  private static final ConfigKey<Integer> TOTAL_CONCURRENCY =
      KEYS.add(
          ConfigKey.number(
                  "total_concurrency",
                  Range.of("requests at once", 1, 1 << 24)
                      .or(0, "for " + DEFAULT_CONCURRENCY_PER_LOOP + " on each core"))
              .otherwise(0));
  private static final ConfigKey<Integer> CORE_LIMIT =
      KEYS.add(
          ConfigKey.number("core_limit", Range.of("cores at most", 1, 1 << 16).or(0, "for all"))
              .otherwise(0));
  private static final ConfigKey<Boolean> KEEP_ALIVE =
      KEYS.add(ConfigKey.yesNo("keep_alive").otherwise(false));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public EpwgetConfig {
    Objects.requireNonNull(target);
    TOTAL_FLOWS.require(totalFlows);
    TOTAL_CONCURRENCY.require(totalConcurrency);
    CORE_LIMIT.require(coreLimit);
  }

  /**
   * Loads a file, and resolves the URL's host, which may block.
   *
   * @param file in the original's format: lines of {@code key = value}, comments with {@code #}
   * @throws ConfigException if the file can't be read, or something in it is unknown, missing or
   *     out of range
   */
  public static EpwgetConfig load(Path file) {
    KeyValueConfig keys = KeyValueConfig.load(file, KEYS);
    return new EpwgetConfig(
        target(keys),
        keys.get(TOTAL_FLOWS),
        keys.get(TOTAL_CONCURRENCY),
        keys.get(CORE_LIMIT),
        keys.get(KEEP_ALIVE));
  }

  /**
   * A URL without a file, as wrk takes one: any number of requests, 10 at once, over connections
   * that are reused.
   *
   * @param url the URL; its host is resolved, which may block
   * @throws IllegalArgumentException if it can't be used
   */
  public static EpwgetConfig of(String url) {
    HttpTarget target = HttpTarget.parse(url, HttpTarget.DEFAULT_PORT);
    return new EpwgetConfig(target, MAX_FLOWS, WRKS_CONCURRENCY, 0, true);
  }

  private static HttpTarget target(KeyValueConfig keys) {
    int port = keys.get(DEST_PORT); // 0: not given, as in the original
    HttpTarget target;
    try {
      target = HttpTarget.parse(keys.get(URL), port == 0 ? HttpTarget.DEFAULT_PORT : port);
    } catch (HttpTarget.BadUrlException e) {
      throw keys.error(URL, e.allowed());
    }
    int urlsPort = target.address().getPort();
    if (port != 0 && port != urlsPort) {
      throw keys.conflict(DEST_PORT, "the url gives port " + urlsPort);
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
}
