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
 * <p>Belongs to the core's thread. Time comes in with {@link #input} and {@link #tick}; what is
 * sent between two of them happens at the time of the last, so a turn begins with {@link #tick}.
 * What can't be used is dropped under its own {@link org.mosstack.stats.Counter}; nothing throws.
 * In the steady state nothing is allocated.
 */
public final class IpLayer {
  /** Bytes that {@link #send} puts in front of the transport header: the mbuf's headroom then. */
  public static final int HEADER_BYTES = 34;

  private final NetInterface[] interfaces;
  private final LocalAddresses local;
  private final ArpOutput arpOutput;
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
   * Puts the layer together.
   *
   * @param interfaces this core's, in the order that the routes number them
   * @param routes where packets go
   * @param staticArp MAC addresses that aren't asked for
   * @param pool the core's buffers
   * @param counters the core's counters
   * @param random secret numbers for hashing and identifications
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
    arpTable = new ArpTable(staticArp, arpOutput, pool, counters, hashSeed, nowNanos);
    routing = new Routing(this.interfaces, local, routes, arpTable, counters);
    Identifications identifications = new Identifications(random);
    ipv4Output = new Ipv4Output(arpTable, pool, counters, identifications);
    IcmpOutput icmpOutput =
        new IcmpOutput(
            routing,
            ipv4Output,
            new Ipv4Fragmentation(arpTable, pool, counters, identifications),
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
   * Connects TCP. Without it TCP packets are answered like those of an unknown protocol. It may
   * call {@link #send} from within its methods.
   */
  public void transport(TransportInput transport) {
    Objects.requireNonNull(transport);
    arpTable.transport(transport);
    icmpInput.transport(transport);
    ipv4Input.transport(transport);
  }

  /** What this core knows of the MTUs of paths behind the first link. */
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
   * Takes a frame that a device received; owns the mbuf, which is of the core's pool, has no other
   * user, and has the headroom of a fresh one: an answer is made in it.
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
   * Takes a copy of a frame that another core passed on ({@link OtherCores}): ARP is learned from,
   * an ICMP error or a TCP segment goes to the transport. IP never answers it; what concerns a flow
   * that arrives here and is served elsewhere goes on to there. Owns the mbuf.
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
   * The path to a destination. The same neighbour has the same path, which may be kept as long as
   * this layer lives. Nothing is sent. Our own addresses are reached over the loopback interface.
   *
   * @return null when there is no route, or when the destination isn't a single host (broadcast,
   *     multicast, reserved)
   */
  public Path path(int destination) {
    return routing.path(destination, nowNanos);
  }

  /**
   * The path to whoever sent a packet, for an answer that isn't worth much: a SYN and ACK, a RST,
   * an ICMP message. Neighbours whose MAC address isn't known are asked for theirs, but so many at
   * a time only that nobody makes a flood of broadcasts by inventing them; gateways always are.
   *
   * @return null when there is none; why was counted
   */
  public Path pathForAnswer(int destination) {
    return routing.pathForAnswer(destination, nowNanos);
  }

  /** Whether packets to the address are for this stack: any of its own, and 127.0.0.0/8. */
  public boolean isLocal(int address) {
    return local.isLocal(address);
  }

  /** The own address that packets on this path should have as their source. */
  public int sourceFor(Path path) {
    return path.source;
  }

  /**
   * Sends a packet: puts the IPv4 and Ethernet headers in front, and keeps it a while when the next
   * hop's MAC address must be asked for first. "Don't fragment" is set. Owns the mbuf whatever
   * happens.
   *
   * @param path from {@link #path}
   * @param mbuf one segment, data at the transport header, {@link #HEADER_BYTES} of headroom, no
   *     other user
   * @param source one of our addresses
   * @param destination where to
   * @param protocol IP protocol number
   * @param tos type of service, 0 to 255
   * @param ttl time to live, 1 to 255
   * @return false when it was dropped
   */
  public boolean send(
      Path path, long mbuf, int source, int destination, int protocol, int tos, int ttl) {
    return send(path, mbuf, source, destination, protocol, tos, ttl, false);
  }

  /**
   * As above.
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
    if (Mbuf.headroom(mbuf) < HEADER_BYTES) { // the headers would lie in another buffer
      throw new BufferCorruptionError("packet with a headroom of " + Mbuf.headroom(mbuf));
    }
    return ipv4Output.send(
        path, mbuf, source, destination, protocol, tos, ttl, fragmentable, nowNanos);
  }

  /** Does what is due: ARP requests again, and packets and fragments given up. */
  public void tick(long now) {
    nowNanos = now;
    arpTable.tick(now);
    reassembly.tick(now);
  }

  /** When {@link #tick} has something to do next; Long.MAX_VALUE when nothing waits. */
  public long nextDeadlineNanos() {
    return Math.min(arpTable.nextDeadlineNanos(), reassembly.nextDeadlineNanos());
  }

  /**
   * Tells each link that is up our address there by gratuitous ARP; once. Only the core with queue
   * 0 of a device does.
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
   * Looks at an interface's link. When it has gone, neighbours' addresses are forgotten, since
   * others may be there when it is back; then our own is announced again.
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
