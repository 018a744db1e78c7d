/**
 * The per-core user-level TCP/IP stack. It calls the C library and DPDK: give it native access with
 * {@code --enable-native-access=org.mosstack}. Only {@code stats_json} needs jackson-core; where
 * nothing else requires that module, add {@code --add-modules com.fasterxml.jackson.core}.
 */
module org.mosstack {
  requires static com.fasterxml.jackson.core;

  exports org.mosstack;
  exports org.mosstack.config;
  exports org.mosstack.device;
  exports org.mosstack.mbuf;
  exports org.mosstack.socket;
  exports org.mosstack.stats;
  exports org.mosstack.time;
}
