package org.mosstack.ip;

import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.mosstack.config.ArpEntry;
import org.mosstack.mbuf.BufferCorruptionError;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counters;

/**
 * One core's Ethernet, ARP, IPv4 and ICMP.
 *
 * <p>Belongs to the core's thread. Time is passed in by {@link #input} and {@link #tick}; whatever
 * is sent in between happens at the time of the last such call, so a turn begins with {@link
 * #tick}. Packets that can't be used are dropped, each reason with its own {@link
 * org.mosstack.stats.Counter}; nothing throws. In the steady state nothing is allocated.
 */
public final class IpLayer {
  /** Bytes that {@link #send} prepends to the transport header: the headroom that it needs. */
  public static final int HEADER_BYTES = 34;

  private final NetInterface[] interfaces;
  private final LocalAddresses local;
  private final ArpOutput arpOutput;
  private final WaitingPackets waiting;
  private final ArpTable arpTable;
  private final Routing routing;
  private final Ipv4Output ipv4Output;
  private final Ipv4Reassembly reassembly;
  private final IcmpInput icmpInput;
  private final Ipv4Input ipv4Input;
  private final ArpInput arpInput;
  private final EthernetInput ethernetInput;
  private final PathMtuCache pathMtus;
  private long nowNanos;

  /**
   * Creates the layer.
   *
   * @param interfaces this core's interfaces, in the order in which the routes number them
   * @param routes where packets go
   * @param staticArp MAC addresses that aren't resolved by ARP
   * @param pool the core's buffers
   * @param counters the core's counters
   * @param random source of secrets for hashing and identifications
   * @param nowNanos the time until the first {@link #tick}
   */
  public IpLayer(
      NetInterface[] interfaces,
      RouteTable routes,
      List<ArpEntry> staticArp,
      MbufPool pool,
      Counters counters,
      RandomGenerator random,
      long nowNanos) {
    this.interfaces = interfaces.clone();
    this.nowNanos = nowNanos;
    local = new LocalAddresses(this.interfaces);
    arpOutput = new ArpOutput(pool, counters);
    int hashSeed = random.nextInt();
    waiting = new WaitingPackets(pool, counters);
    StaticNeighbours statics = new StaticNeighbours(staticArp);
    arpTable = new ArpTable(statics, arpOutput, waiting, counters, hashSeed, nowNanos);
    routing = new Routing(this.interfaces, local, routes, arpTable, counters);
    Identifications identifications = new Identifications(random);
    EthernetOutput ethernetOutput = new EthernetOutput(arpTable, waiting);
    ipv4Output = new Ipv4Output(ethernetOutput, pool, counters, identifications);
    IcmpOutput icmpOutput =
        new IcmpOutput(
            routing,
            ipv4Output,
            new Ipv4Fragmentation(ethernetOutput, pool, counters, identifications),
            pool,
            counters,
            random,
            nowNanos);
    reassembly = new Ipv4Reassembly(icmpOutput, pool, counters, hashSeed);
    pathMtus = new PathMtuCache(random);
    icmpInput = new IcmpInput(local, icmpOutput, pool, counters);
    ipv4Input = new Ipv4Input(local, icmpInput, icmpOutput, reassembly, pool, counters);
    arpInput = new ArpInput(this.interfaces, local, routing, arpTable, arpOutput, pool, counters);
    ethernetInput = new EthernetInput(arpInput, ipv4Input, pool, counters);
  }

  /**
   * Connects TCP. Until then TCP packets are answered like those of an unknown protocol. The
   * transport may call {@link #send} from within its methods.
   */
  public void transport(TransportInput transport) {
    Objects.requireNonNull(transport);
    waiting.transport(transport);
    icmpInput.transport(transport);
    ipv4Input.transport(transport);
  }

  /** This core's cache of path MTUs beyond the first link. */
  public PathMtuCache pathMtus() {
    return pathMtus;
  }

  /** Connects the other cores; {@link OtherCores#NONE} until then. */
  public void otherCores(OtherCores others) {
    Objects.requireNonNull(others);
    arpInput.otherCores(others);
    icmpInput.otherCores(others);
    ipv4Input.otherCores(others);
  }

  /**
   * Processes a frame that a device received; owns the mbuf, which is from the core's pool, has no
   * other user, and has the headroom of a fresh one, as an answer is built in it.
   *
   * @param from one of the interfaces
   * @param mbuf data at the Ethernet header
   * @param now the turn's time in nanoseconds
   */
  public void input(NetInterface from, long mbuf, long now) {
    nowNanos = now;
    ethernetInput.input(from, mbuf, Origin.DEVICE, now);
  }

  /**
   * Processes a copy of a frame that another core passed on ({@link OtherCores}): ARP is learned
   * from, an ICMP error or a TCP segment goes to the transport. IP never answers it; a frame about
   * a flow that arrives here but is served elsewhere is passed on to that core. Owns the mbuf.
   *
   * @param from this core's interface of the same device
   * @param mbuf data at the Ethernet header, with its {@link Mbuf#ticket}
   * @param now the turn's time in nanoseconds
   */
  public void inputPassedOn(NetInterface from, long mbuf, long now) {
    nowNanos = now;
    Origin origin = Mbuf.ticket(mbuf) == Ticket.NONE ? Origin.OTHER_CORE : Origin.ARRIVAL_CORE;
    ethernetInput.input(from, mbuf, origin, now);
  }

  /**
   * Returns the path to a destination. The same neighbour has the same path, which may be kept as
   * long as this layer lives. Nothing is sent. Our own addresses are reached over the loopback
   * interface.
   *
   * @return the path, or null if there is no route or the destination isn't a single host
   *     (broadcast, multicast, reserved)
   */
  public Path path(int destination) {
    return routing.path(destination, nowNanos);
  }

  /**
   * Returns the path to the sender of a packet, for a low-value answer: a SYN-ACK, a RST, an ICMP
   * message. Neighbours whose MAC address isn't known are resolved, but only so many at a time that
   * made-up ones can't cause a flood of broadcasts; gateways always are.
   *
   * @return the path, or null if there is none; the reason was counted
   */
  public Path pathForAnswer(int destination) {
    return routing.pathForAnswer(destination, nowNanos);
  }

  /** Whether packets to the address are for this stack: any of its own, and 127.0.0.0/8. */
  public boolean isLocal(int address) {
    return local.isLocal(address);
  }

  /** Our address that packets on this path should have as their source. */
  public int sourceFor(Path path) {
    return path.source;
  }

  /**
   * Sends a packet: prepends the IPv4 and Ethernet headers, and queues it if the next hop's MAC
   * address must be resolved first. "Don't fragment" is set. Owns the mbuf whatever happens.
   *
   * @param path from {@link #path}
   * @param mbuf one segment, data at the transport header, {@link #HEADER_BYTES} of headroom, no
   *     other user
   * @param source one of our addresses
   * @param destination IPv4 destination address
   * @param protocol IP protocol number
   * @param tos type of service, 0 to 255
   * @param ttl time to live, 1 to 255
   * @return false if it was dropped
   */
  public boolean send(
      Path path, long mbuf, int source, int destination, int protocol, int tos, int ttl) {
    return send(path, mbuf, source, destination, protocol, tos, ttl, false);
  }

  /**
   * As above, but optionally without "don't fragment".
   *
   * @param fragmentable whether routers may fragment the packet: "don't fragment" isn't set then
   */
  public boolean send(
      Path path,
      long mbuf,
      int source,
      int destination,
      int protocol,
      int tos,
      int ttl,
      boolean fragmentable) {
    if (Mbuf.headroom(mbuf) < HEADER_BYTES) { // the headers would be in another buffer
      throw new BufferCorruptionError("packet with a headroom of " + Mbuf.headroom(mbuf));
    }
    return ipv4Output.send(
        path, mbuf, source, destination, protocol, tos, ttl, fragmentable, nowNanos);
  }

  /** Does what is due: repeats ARP requests, gives up packets and fragments. */
  public void tick(long now) {
    nowNanos = now;
    arpTable.tick(now);
    reassembly.tick(now);
  }

  /** When {@link #tick} has something to do next; Long.MAX_VALUE if never. */
  public long nextDeadlineNanos() {
    return Math.min(arpTable.nextDeadlineNanos(), reassembly.nextDeadlineNanos());
  }

  /**
   * Announces our address on each link that is up by gratuitous ARP, once. Only the core with queue
   * 0 of a device does so.
   */
  public void announce() {
    for (NetInterface each : interfaces) {
      announce(each);
    }
  }

  private void announce(NetInterface on) {
    if (on.isLinkUp() && on.queue() == 0 && !on.isLoopback()) {
      arpOutput.announce(on);
    }
  }

  /**
   * Checks an interface's link. When it goes down, neighbours' addresses are forgotten, as others
   * may be there when it is back; when it comes up, our own is announced again.
   *
   * @return whether it went up or down since the last call; {@link NetInterface#isLinkUp} says
   *     which
   */
  public boolean checkLink(NetInterface on) {
    if (!on.checkLink()) {
      return false;
    }
    if (on.isLinkUp()) {
      announce(on);
    } else {
      arpTable.forget(on);
    }
    return true;
  }

  /** Sends what the devices still take and frees all other packets held here; the last call. */
  public void close() {
    reassembly.close();
    arpTable.close();
    for (NetInterface each : interfaces) {
      each.close();
    }
  }
}
