package org.mosstack.config;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.mosstack.header.Ip4Address;

/**
 * Reads the lines of the tables within {@code mos}, and checks them against each other. The tables
 * may come in any order, so that {@link #check} comes after the last.
 */
final class Tables {
  static final String NETDEV = "netdev";
  static final String ARP = "arp_table";
  static final String ROUTE = "route_table";
  static final String FORWARD = "nic_forward_table";
  static final List<String> NAMES = List.of(NETDEV, ARP, ROUTE, FORWARD);

  private static final String DEVICE = "[A-Za-z][A-Za-z0-9_.-]{0,62}";
  private static final String CABLE =
      "[A-Za-z0-9_.-]{1,63}(,mtu=\\d{1,5}|,queues=[1-9]\\d{0,8}|,rss=[01]|,checksum=[01])*";

  /** [domain:]bus:device.function, then DPDK's options. */
  private static final String PCI = "([0-9A-Fa-f]{4}:)?[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\\.[0-7](,.*)?";

  /** A driver's name: one of DPDK's with something behind net_, or the program's own. */
  private static final String DRIVER = "(?!net_$)[a-z][a-z0-9_]*";

  private static final int PCI_WITH_DOMAIN = "0000:03:00.0".length();

  static final String ADDRESS = "a host's address and prefix, such as 10.0.0.1/24";
  private static final String STATION =
      "the Ethernet address of one station, such as 00:1b:21:3c:9d:f8";

  /** An entry and its place. */
  private record Line<T>(Value value, T entry) {}

  /** A device, the place of its line, and that of the mask there. */
  private record Device(Value line, Value cores, NetdevConfig entry) {}

  private final Map<String, Device> netdevs = new LinkedHashMap<>();
  private final Map<Ip4Prefix, Line<ArpEntry>> arps = new LinkedHashMap<>();
  private final Map<Ip4Prefix, Line<RouteEntry>> routes = new LinkedHashMap<>();
  private final List<Value> forwards = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** Returns the form of a table's lines. */
  static String form(String table) {
    return switch (table) {
      case NETDEV -> "<device> <core mask> [<ip>/<prefix>] [<driver>=<arguments>]";
      case ARP -> "<ip>[/<prefix>] <mac>";
      case ROUTE -> "<network>/<prefix> <device> [via <gateway>]";
      case FORWARD -> "<device> <device>";
      default -> throw new AssertionError(table);
    };
  }

  /** Adds a line of a table. */
  void add(String table, Value line) {
    switch (table) {
      case NETDEV -> netdev(line);
      case ARP -> arp(line);
      case ROUTE -> route(line);
      case FORWARD -> forward(line);
      default -> throw new AssertionError(table);
    }
  }

  private void netdev(Value line) {
    List<Value> words = line.words();
    if (words.size() < 2) {
      throw line.error(form(NETDEV));
    }
    checkName(words.get(0));
    Value mask = words.get(1);
    CoreMask cores = mask.mask();
    mask.checkMask(cores);
    mask.maskNote().ifPresent(notes::add);
    int next = 2;
    Optional<Ip4Prefix> address = Optional.empty();
    if (next < words.size() && words.get(next).text().indexOf('=') < 0) {
      Value word = words.get(next++);
      Ip4Prefix prefix = word.prefix(1, ADDRESS);
      checkHost(prefix, word);
      address = Optional.of(prefix);
    }
    Optional<Driver> driver = Optional.empty();
    if (next < words.size()) {
      driver = Optional.of(driver(words.get(next++)));
    }
    if (next < words.size()) {
      throw words.get(next).error("the line's end after " + form(NETDEV));
    }
    put(new Device(line, mask, new NetdevConfig(words.get(0).text(), cores, address, driver)));
  }

  /**
   * Adds a device that a program has made.
   *
   * @param shown how messages show it
   */
  void add(NetdevConfig device, Value shown) {
    Value mask = shown.part(device.cores().format());
    checkName(shown.part(device.name()));
    mask.checkMask(device.cores());
    device.address().ifPresent(address -> checkHost(address, shown.part(address.toString())));
    device.driver().ifPresent(driver -> check(driver, shown.part(driver.toString())));
    put(new Device(shown, mask, device));
  }

  private void put(Device device) {
    String name = device.entry().name();
    Device earlier = netdevs.putIfAbsent(name, device);
    if (earlier != null) {
      throw device.line().part(name).conflict(stands(earlier.line(), "has this device already"));
    }
  }

  private static void checkName(Value name) {
    if (!name.text().matches(DEVICE)) {
      throw name.error("a device's name: a letter, then letters, digits and _ . -");
    }
  }

  private static void checkHost(Ip4Prefix prefix, Value word) {
    if (!isHost(prefix)) {
      throw word.error(ADDRESS);
    }
  }

  /** Whether an address is one that an interface may have. */
  static boolean isHost(Ip4Prefix prefix) {
    Inet4Address address = prefix.address();
    boolean edge =
        prefix.prefixLength() < 31
            && (address.equals(prefix.network()) || address.equals(prefix.broadcast()));
    return prefix.prefixLength() > 0 && !edge && !isNoHost(address);
  }

  private static boolean isNoHost(Inet4Address inet) {
    int address = Ip4Address.fromInet(inet);
    return Ip4Address.isUnspecified(address)
        || Ip4Address.isMulticast(address)
        || Ip4Address.isLimitedBroadcast(address);
  }

  private static Driver driver(Value word) {
    int equals = word.text().indexOf('=');
    if (equals < 0) {
      throw word.error("<driver>=<arguments>");
    }
    Driver driver = new Driver(word.text().substring(0, equals), word.text().substring(equals + 1));
    check(driver, word);
    return driver;
  }

  private static void check(Driver driver, Value word) {
    switch (driver.name()) {
      case Driver.WIRE -> {
        if (!driver.arguments().matches(CABLE)) {
          throw word.error(
              "wire=<the cable's name>[,mtu=<bytes>][,queues=<n>][,rss=<0|1>][,checksum=<0|1>], "
                  + "the name of letters, digits and _ . -");
        }
      }
      case Driver.PCI -> {
        if (!driver.arguments().matches(PCI)) {
          throw word.error("pci=<the NIC's address>, such as pci=0000:03:00.0");
        }
      }
      default -> {
        if (!driver.name().matches(DRIVER)) {
          throw word.error(
              "wire=<cable>, pci=<address>, a virtual device of DPDK's, net_<name>=<arguments>, or"
                  + " a driver that the program adds, its name of lower-case letters, digits and"
                  + " _");
        }
        if (!driver.isDpdk()) {
          return; // its arguments are its own
        }
      }
    }
    if (driver.options().stream().anyMatch(o -> o.key().isEmpty())) {
      throw word.error("arguments of the form key=value,key=value");
    }
    PortArguments.check(word, driver);
  }

  private void arp(Value line) {
    List<Value> words = line.words();
    if (words.size() != 2) {
      throw line.error(form(ARP));
    }
    Value ip = words.get(0);
    String allowed = "an IPv4 address, or one with a prefix, such as 10.0.0.2 or 10.0.0.0/24";
    Ip4Prefix prefix =
        ip.text().indexOf('/') < 0 ? new Ip4Prefix(ip.address(allowed), 32) : ip.prefix(0, allowed);
    if (prefix.prefixLength() == 32 && isNoHost(prefix.address())) {
      throw ip.error("a host's address");
    }
    long mac = words.get(1).station(STATION);
    noteHostBits(ip, prefix);
    ArpEntry entry = new ArpEntry(networkOf(prefix), mac);
    Line<ArpEntry> earlier = arps.putIfAbsent(entry.network(), new Line<>(line, entry));
    if (earlier != null) {
      throw ip.conflict(stands(earlier.value(), "has this address already"));
    }
  }

  private void route(Value line) {
    List<Value> words = line.words();
    boolean onLink = words.size() == 2;
    boolean viaGateway = words.size() == 4 && words.get(2).text().equals("via");
    if (!onLink && !viaGateway) {
      throw line.error(form(ROUTE));
    }
    Value network = words.get(0);
    Ip4Prefix prefix = network.prefix(0, "a network and its prefix, such as 10.1.0.0/16");
    noteHostBits(network, prefix);
    Optional<Inet4Address> gateway = Optional.empty();
    if (viaGateway) {
      Inet4Address address = words.get(3).address("the gateway's IPv4 address");
      if (isNoHost(address) || address.isLoopbackAddress()) {
        throw words.get(3).error("the address of another host");
      }
      gateway = Optional.of(address);
    }
    RouteEntry entry = new RouteEntry(networkOf(prefix), words.get(1).text(), gateway);
    Line<RouteEntry> earlier = routes.putIfAbsent(entry.network(), new Line<>(line, entry));
    if (earlier != null) {
      throw network.conflict(stands(earlier.value(), "has this network already"));
    }
  }

  /** The original silently masks these bits. */
  private void noteHostBits(Value word, Ip4Prefix prefix) {
    if (!prefix.address().equals(prefix.network())) {
      notes.add(word.note("takes " + prefix + " as the network " + networkOf(prefix)));
    }
  }

  private void forward(Value line) {
    List<Value> words = line.words();
    if (words.size() != 2 || words.get(0).text().equals(words.get(1).text())) {
      throw line.error("two devices: " + form(FORWARD));
    }
    forwards.add(line);
  }

  /** Checks what can only be known once everything has been read. */
  void check(Optional<CoreMask> coreMask) {
    checkNetdevs(coreMask);
    for (Line<RouteEntry> route : routes.values()) {
      List<Value> words = route.value().words();
      NetdevConfig device = device(words.get(1));
      route.entry().gateway().ifPresent(gateway -> checkGateway(gateway, device, words.get(3)));
    }
    for (Value forward : forwards) {
      forward.words().forEach(this::device);
    }
  }

  private void checkNetdevs(Optional<CoreMask> coreMask) {
    Map<Inet4Address, Value> addresses = new HashMap<>();
    Map<String, Value> nics = new HashMap<>();
    for (Device device : netdevs.values()) {
      NetdevConfig entry = device.entry();
      if (coreMask.isPresent() && !entry.cores().isSubsetOf(coreMask.get())) {
        throw device.cores().error("cores of core_mask " + Quote.of(coreMask.get().format()));
      }
      entry
          .address()
          .map(address -> addresses.putIfAbsent(address.address(), device.line()))
          .ifPresent(
              other -> {
                throw device.line().conflict(stands(other, "has this address already"));
              });
      entry
          .driver()
          .filter(driver -> driver.name().equals(Driver.PCI))
          .map(driver -> nics.putIfAbsent(nic(driver), device.line()))
          .ifPresent(
              other -> {
                throw device.line().conflict(stands(other, "has this NIC already"));
              });
      entry.driver().flatMap(Driver::peer).ifPresent(peer -> checkPeer(peer, device));
    }
  }

  /** Checks that the kernel's end of a link is in the network of the stack's. */
  private static void checkPeer(Ip4Prefix peer, Device device) {
    if (device.entry().address().isEmpty()) {
      return; // Its address comes from a kernel interface, which isn't known here.
    }
    Ip4Prefix own = device.entry().address().get();
    if (own.prefixLength() != peer.prefixLength()
        || !own.contains(peer.address())
        || own.address().equals(peer.address())) {
      throw device
          .line()
          .part(Driver.PEER + "=" + peer)
          .error("another host of the line's network, " + own);
    }
  }

  /** The address of a NIC, with its domain. */
  private static String nic(Driver driver) {
    String address = driver.options().getFirst().key().toLowerCase(Locale.ROOT);
    return address.length() < PCI_WITH_DOMAIN ? "0000:" + address : address;
  }

  private static void checkGateway(Inet4Address gateway, NetdevConfig device, Value word) {
    if (device.address().isEmpty()) {
      return; // Its address comes from a kernel interface, which isn't known here.
    }
    Ip4Prefix own = device.address().get();
    if (!own.contains(gateway) || own.address().equals(gateway)) {
      throw word.error("another host in the network of " + device.name() + ", " + own);
    }
  }

  /** Returns the device that a word names. */
  NetdevConfig device(Value word) {
    Device device = netdevs.get(word.text());
    if (device == null) {
      throw word.error(
          netdevs.isEmpty()
              ? "a device of the netdev block, which names none"
              : "a device of the netdev block: " + String.join(", ", netdevs.keySet()));
    }
    return device.entry();
  }

  /** Returns notes about text that may have been meant differently. */
  List<String> notes() {
    return notes;
  }

  List<NetdevConfig> netdevs() {
    return netdevs.values().stream().map(Device::entry).toList();
  }

  List<ArpEntry> arps() {
    return arps.values().stream().map(Line::entry).toList();
  }

  List<RouteEntry> routes() {
    return routes.values().stream().map(Line::entry).toList();
  }

  /** Returns each device's line, by its name, for errors that show later. */
  Map<String, Value> deviceLines() {
    Map<String, Value> lines = new HashMap<>();
    netdevs.forEach((name, device) -> lines.put(name, device.line().in(NETDEV + " " + name)));
    return lines;
  }

  private static Ip4Prefix networkOf(Ip4Prefix prefix) {
    return new Ip4Prefix(prefix.network(), prefix.prefixLength());
  }

  private static String stands(Value earlier, String has) {
    return (earlier.line() == 0 ? "another line " : "line " + earlier.line() + " ") + has;
  }
}
