package org.mosstack.config;

import java.nio.file.Path;
import java.util.List;
import org.mosstack.socket.CongestionAlgorithm;

/**
 * The keys of {@code mos.conf}: the one place that says what they are called, what they allow and
 * what holds without them. A key that is added here can be given in files, set by {@link
 * MosConfigBuilder#set} and read by {@link MosConfig#get} or {@link MosConfig#find}. Its row in
 * {@code docs/configuration.md} is compared with it by a test.
 *
 * <p>What holds without a key may differ between files, which mean what they mean to the original,
 * and programs, which get what they would get from Linux.
 *
 * <p>The addresses of devices, ARP entries and routes are tables, not keys.
 */
public final class MosKeys {
  /** Connections, or buffers, per core: more than any machine has memory for. */
  private static final int MAX_CONNECTIONS = 1 << 24;

  /** Bytes: a full-sized Ethernet segment and some room. */
  private static final int MIN_SOCKET_BUFFER = 2048;

  /** Bytes: the largest window that RFC 7323 section 2.3 can express. */
  private static final int MAX_SOCKET_BUFFER = 1 << 30;

  /** Bytes, in files: the original's. */
  private static final int DEFAULT_SOCKET_BUFFER = 8192;

  /** Bytes, in programs: the maximum of Linux's {@code tcp_rmem}. */
  private static final int LINUX_RMEM_MAX = 6_291_456;

  /** Bytes, in programs: the maximum of Linux's {@code tcp_wmem}. */
  private static final int LINUX_WMEM_MAX = 4_194_304;

  /** Seconds, in programs: Linux's TCP_TIMEWAIT_LEN. */
  private static final int LINUX_TIME_WAIT = 60;

  /** Bytes: less would do for a few connections only. */
  private static final long MIN_MEMORY = 1 << 20;

  private static final long MAX_MEMORY = 1L << 40;

  static final String NO_FORWARDING = "end applications forward no packets";

  static final KeyTable APPLICATION = new KeyTable();
  static final KeyTable MOS = new KeyTable();

  // ---- application ----

  /** What the application is: always {@code end}, at the end of its connections. */
  public static final ConfigKey<String> TYPE =
      APPLICATION.add(
          ConfigKey.of("type", ValueType.applicationType()).required().inPrograms("end"));

  /**
   * The application's name and its arguments, at least one word. Files must give it; in programs it
   * is {@code embedded} by default.
   */
  public static final ConfigKey<List<String>> RUN =
      APPLICATION.add(
          ConfigKey.of("run", ValueType.commandLine()).required().inPrograms(List.of("embedded")));

  /**
   * The cores to run on, at least one: CPUs of the machine, by number. Without it those that
   * devices name, or as many as the process has CPUs: {@link MosConfig#requireCores}. In a program,
   * only this key chooses CPUs: {@link MosConfig#choosesCpus}.
   */
  public static final ConfigKey<CoreMask> CORE_MASK =
      APPLICATION.add(
          ConfigKey.of("core_mask", ValueType.mask())
              .alias("cpu_mask")
              .without("the cores that the `netdev` lines name")
              .withoutInPrograms(
                  "the cores that the `netdev` lines name, else one for each CPU of the process;"
                      + " on any CPU"));

  /** Whether packets are forwarded; false by default. It has no effect. */
  public static final ConfigKey<Boolean> IP_FORWARD =
      APPLICATION.add(
          ConfigKey.of("ip_forward", ValueType.flag()).otherwise(false).noEffect(NO_FORWARDING));

  // ---- mos ----

  /** Connections per core, except those in TIME_WAIT: 1 to 2^24; 100000 by default. */
  public static final ConfigKey<Integer> MAX_CONCURRENCY =
      MOS.add(
          ConfigKey.number("max_concurrency", Range.of("connections per core", 1, MAX_CONNECTIONS))
              .otherwise(100_000));

  /**
   * Packet buffers per core that may hold received data: 1 to 2^24; as many as {@link
   * #MAX_CONCURRENCY} by default.
   */
  public static final ConfigKey<Integer> MAX_NUM_BUFFERS =
      MOS.add(
          ConfigKey.number("max_num_buffers", Range.of("buffers per core", 1, MAX_CONNECTIONS))
              .otherwise("`max_concurrency`", keys -> keys.get(MAX_CONCURRENCY)));

  /** Whether connections do without buffers: always false, and it has no effect. */
  public static final ConfigKey<Boolean> NO_RING_BUFFERS =
      MOS.add(
          ConfigKey.of(
                  "no_ring_buffers", ValueType.off("applications of type end need socket buffers"))
              .otherwise(false)
              .noEffect("applications of type end always have buffers"));

  /**
   * The largest receive buffer of a connection in bytes: 2048 to 2^30; 8192 by default, in programs
   * 6291456.
   */
  public static final ConfigKey<Integer> RMEM_SIZE = socketBuffer("rmem_size", LINUX_RMEM_MAX);

  /**
   * The largest send buffer of a connection in bytes: 2048 to 2^30; 8192 by default, in programs
   * 4194304.
   */
  public static final ConfigKey<Integer> WMEM_SIZE = socketBuffer("wmem_size", LINUX_WMEM_MAX);

  /** The time in TIME_WAIT in seconds: 0 to 3600; 0 by default, in programs 60. */
  public static final ConfigKey<Integer> TCP_TW_INTERVAL =
      MOS.add(
          ConfigKey.number("tcp_tw_interval", Range.of("seconds in TIME_WAIT", 0, 3600))
              .otherwise(0)
              .inPrograms(LINUX_TIME_WAIT));

  /**
   * The time without any segment after which a connection ends, in seconds: 1 to a year, or -1 for
   * no limit; 30 by default, in programs no limit.
   */
  public static final ConfigKey<Integer> TCP_TIMEOUT =
      MOS.add(
          ConfigKey.number(
                  "tcp_timeout",
                  Range.of("idle seconds", 1, 365 * 24 * 3600).or(-1, "for no limit"))
              .otherwise(30)
              .inPrograms(-1));

  /** Who drives the cores; {@link CoreThreads#LOOPS} by default. */
  public static final ConfigKey<CoreThreads> CORES =
      MOS.add(
          ConfigKey.of("cores", ValueType.named(List.of(CoreThreads.values()), CoreThreads::id))
              .otherwise(CoreThreads.LOOPS));

  /**
   * The congestion control of connections that choose none; {@link CongestionAlgorithm#CUBIC} by
   * default.
   */
  public static final ConfigKey<CongestionAlgorithm> TCP_CONGESTION =
      MOS.add(
          ConfigKey.of(
                  "tcp_congestion",
                  ValueType.named(List.of(CongestionAlgorithm.values()), CongestionAlgorithm::id))
              .otherwise(CongestionAlgorithm.CUBIC));

  /**
   * Whether all connections' segments are paced; false by default. Those of {@code bbr} always are.
   */
  public static final ConfigKey<Boolean> TCP_PACING =
      MOS.add(ConfigKey.of("tcp_pacing", ValueType.flag()).otherwise(false));

  /** Explicit congestion notification (RFC 3168); {@link EcnMode#ACCEPT} by default. */
  public static final ConfigKey<EcnMode> TCP_ECN =
      MOS.add(ConfigKey.of("tcp_ecn", ValueType.choice(EcnMode.class)).otherwise(EcnMode.ACCEPT));

  /** DPDK's memory channels per CPU socket, its {@code -n}: 1 to 32; 4 by default. */
  public static final ConfigKey<Integer> NB_MEM_CHANNELS =
      MOS.add(
          ConfigKey.number("nb_mem_channels", Range.of("memory channels per socket", 1, 32))
              .otherwise(4)
              .forDpdk());

  /** SYN cookies (RFC 4987); {@link SynCookieMode#WHEN_FULL} by default. */
  public static final ConfigKey<SynCookieMode> TCP_SYNCOOKIES =
      MOS.add(
          ConfigKey.of("tcp_syncookies", ValueType.choice(SynCookieMode.class))
              .otherwise(SynCookieMode.WHEN_FULL));

  /**
   * The bytes that the received packets and unacknowledged writes of all connections may take
   * together: 2^20 to 2^40, or 0 for no limit; 0 by default.
   */
  public static final ConfigKey<Long> TCP_MEM =
      MOS.add(
          ConfigKey.longNumber(
                  "tcp_mem",
                  Range.of("bytes of the stack", MIN_MEMORY, MAX_MEMORY).or(0, "for any"))
              .otherwise(0L));

  /**
   * How much of {@link #TCP_MEM} the connections of one listener may hold when it gets short, in
   * percent: 1 to 100; 100 by default.
   */
  public static final ConfigKey<Integer> TCP_LISTENER_MEM =
      MOS.add(
          ConfigKey.number("tcp_listener_mem", Range.of("percent of tcp_mem", 1, 100))
              .otherwise(100));

  /**
   * The time that a peer may keep its window closed when {@link #TCP_MEM} gets short, in seconds: 1
   * to 86400; 60 by default.
   */
  public static final ConfigKey<Integer> TCP_ZERO_WINDOW_TIMEOUT =
      MOS.add(
          ConfigKey.number("tcp_zero_window_timeout", Range.of("seconds", 1, 24 * 3600))
              .otherwise(60));

  /**
   * TCP Fast Open (RFC 7413); {@link FastOpenMode#OFF} by default, in programs {@link
   * FastOpenMode#CLIENT}.
   */
  public static final ConfigKey<FastOpenMode> TCP_FASTOPEN =
      MOS.add(
          ConfigKey.of("tcp_fastopen", ValueType.choice(FastOpenMode.class))
              .otherwise(FastOpenMode.OFF)
              .inPrograms(FastOpenMode.CLIENT));

  /**
   * Whether DPDK's memory is in huge pages. True: too few of them are an error; false: it never is;
   * without it: where enough of them are free.
   */
  public static final ConfigKey<Boolean> HUGEPAGES =
      MOS.add(
          ConfigKey.of("hugepages", ValueType.flag())
              .without(
                  "in huge pages where enough are free, else ordinary memory and a note in the log")
              .forDpdk());

  /** Whether packets are forwarded between devices; false by default. It has no effect. */
  public static final ConfigKey<Boolean> FORWARD =
      MOS.add(ConfigKey.of("forward", ValueType.flag()).otherwise(false).noEffect(NO_FORWARDING));

  /** The folder of the log files, which is created if it is missing; without it there are none. */
  public static final ConfigKey<Path> MOS_LOG =
      MOS.add(ConfigKey.of("mos_log", ValueType.path("a directory")).without("no log"));

  /** The devices whose figures are printed each second, each once; none by default. */
  public static final ConfigKey<List<String>> STAT_PRINT =
      MOS.add(ConfigKey.of("stat_print", ValueType.devices()).otherwise("none", _ -> List.of()));

  /**
   * The file that gets the figures of cores, devices and listeners each second, a line of JSON each
   * time; without it none does. It is recreated at the start, in a folder that exists. Needs
   * jackson-core on the class path.
   */
  public static final ConfigKey<Path> STATS_JSON =
      MOS.add(ConfigKey.of("stats_json", ValueType.path("a file")));

  /** The original's way to run a process on each core; none by default. It has no effect. */
  public static final ConfigKey<Multiprocess> MULTIPROCESS =
      MOS.add(
          ConfigKey.of("multiprocess", ValueType.multiprocess())
              .noEffect("each process runs all its cores by itself"));

  private MosKeys() {}

  private static ConfigKey<Integer> socketBuffer(String name, int inPrograms) {
    Range range = Range.of("bytes per socket", MIN_SOCKET_BUFFER, MAX_SOCKET_BUFFER);
    return MOS.add(
        ConfigKey.number(name, range).otherwise(DEFAULT_SOCKET_BUFFER).inPrograms(inPrograms));
  }
}
