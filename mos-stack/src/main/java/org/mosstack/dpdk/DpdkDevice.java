package org.mosstack.dpdk;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.mosstack.config.ConfigException;
import org.mosstack.config.Driver;
import org.mosstack.config.Ip4Prefix;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.device.steering.RssDevice;
import org.mosstack.header.Ip4Address;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.KernelInterface;

/**
 * A DPDK port: a NIC, or a virtual device.
 *
 * <p>The port is configured when the device is created, since its capabilities must be known then,
 * and starts with {@link #start}. It has as many queues as wanted, or as many as it can. Calls on a
 * queue's thread go to the driver directly; all others go through the port's {@link LinkWatch} or
 * happen before the threads start and after they have ended.
 */
final class DpdkDevice implements NetDevice {
  /** Descriptors per queue unless the line says otherwise; the port may change the number. */
  private static final int DESCRIPTORS = 1024;

  /** Key length for a driver that doesn't say which it wants. */
  private static final int DEFAULT_KEY_BYTES = Rss.KEY_BYTES;

  private final Eal eal;
  private final String name;
  private final PortOptions options;
  private final boolean removable;
  private final EthDev port;
  private final String portName;
  private final DevInfo info;
  private final int queueCount;
  private final int mtu;
  private final long mac;
  private final boolean spreads;
  private final long rxOffloads;
  private final long txOffloads;
  private final List<PortQueue> queues = new ArrayList<>();
  private final int[] keptBuffers;
  private Capabilities capabilities;
  private String rssProblem;
  private LinkWatch watch;
  private volatile boolean condemned;
  private boolean closed;

  /**
   * Configures a port that the EAL has probed.
   *
   * @param name the device's name in the configuration
   * @param removable whether the EAL is to remove the device when it is closed
   * @param wantedQueues one for each core
   * @param mtu in bytes
   * @throws ConfigException if the port refuses, with what to do
   */
  DpdkDevice(
      Eal eal,
      String name,
      PortOptions options,
      boolean removable,
      EthDev port,
      int wantedQueues,
      int mtu,
      RandomGenerator random) {
    this.eal = eal;
    this.name = name;
    this.options = options;
    this.removable = removable;
    this.port = port;
    portName = port.name();
    info = port.devInfoGet();
    queueCount = Math.min(wantedQueues, Math.min(info.maxRxQueues(), info.maxTxQueues()));
    int least = options.queues().isPresent() ? wantedQueues : 1;
    if (queueCount < least) {
      throw error(
          "too few queues: the port has "
              + info.maxRxQueues()
              + " to receive and "
              + info.maxTxQueues()
              + " to transmit, "
              + least
              + " of each are asked for; lower queues=");
    }
    int limit = VirtualDrivers.tellsMtu(options) ? info.mtuLimit() : info.maxMtu();
    if (mtu > limit) {
      throw error("an MTU of " + mtu + " is more than the port's limit, " + limit);
    }
    keptBuffers = new int[queueCount];
    boolean rss = queueCount == wantedQueues && queueCount > 1 && info.hasRss();
    byte[] key = rss ? key(random) : null;
    txOffloads =
        all(info.txOffloads(), DpdkAbi.TX_OFFLOAD_IPV4_CKSUM | DpdkAbi.TX_OFFLOAD_TCP_CKSUM)
            | info.txOffloads() & DpdkAbi.TX_OFFLOAD_MULTI_SEGS;
    this.mtu = mtu;
    spreads = configure(key);
    rxOffloads = rxOffloads(spreads);
    mac = VirtualDrivers.stackMac(options, port.macaddrGet());
    capabilities =
        capabilities(spreads ? Optional.of(new Rss(key, defaultTable())) : Optional.empty());
  }

  /** A key with which each queue can be reached by the choice of a flow's port. */
  private byte[] key(RandomGenerator random) {
    return Rss.random(random, keyBytes(), defaultTable()).key();
  }

  private int keyBytes() {
    return info.hashKeyBytes() == 0 ? DEFAULT_KEY_BYTES : info.hashKeyBytes();
  }

  /** The table as drivers fill it: the queues round-robin. */
  private int[] defaultTable() {
    return IntStream.range(0, info.retaSize()).map(i -> i % queueCount).toArray();
  }

  private long rxOffloads(boolean rss) {
    long checksums = DpdkAbi.RX_OFFLOAD_IPV4_CKSUM | DpdkAbi.RX_OFFLOAD_TCP_CKSUM;
    long wanted = all(info.rxOffloads(), checksums);
    wanted |= rss ? info.rxOffloads() & DpdkAbi.RX_OFFLOAD_RSS_HASH : 0;
    return wanted;
  }

  /** The given bits if the port has all of them; else none. */
  private static long all(long capable, long bits) {
    return (capable & bits) == bits ? bits : 0;
  }

  /**
   * Configures the port.
   *
   * @param key key for spreading flows over the queues; null if the port isn't to spread them
   * @return whether it spreads them
   */
  private boolean configure(byte[] key) {
    int[] refusal = new int[1];
    PortRss.Accepted accepted =
        PortRss.configure(
            (each, rss) -> {
              int result = configure(each, rss);
              refusal[0] = result == 0 ? refusal[0] : result;
              return result;
            },
            key);
    if (accepted == PortRss.Accepted.NOTHING) {
      throw error(
          "the port refuses " + queueCount + " queues with an MTU of " + mtu + reason(refusal[0]));
    }
    if (VirtualDrivers.setsMtuOfPeer(options)) {
      check("an MTU of " + mtu, port.devSetMtu(mtu));
    }
    boolean rss = accepted != PortRss.Accepted.QUEUES_ONLY;
    if (key != null && !rss) {
      System.getLogger(DpdkDevice.class.getName())
          .log(
              System.Logger.Level.WARNING,
              RssDevice.inSoftware(name, "the port refuses to do it: " + eal.strerror(refusal[0])));
    }
    return rss;
  }

  private int configure(byte[] key, boolean rss) {
    long hashFunctions =
        info.rssHashFunctions() & (DpdkAbi.RSS_IPV4 | DpdkAbi.RSS_NONFRAG_IPV4_TCP);
    return port.devConfigure(
        queueCount,
        queueCount,
        VirtualDrivers.tellsMtu(options) ? mtu : 0,
        rxOffloads(rss),
        txOffloads,
        rss ? hashFunctions : 0,
        key);
  }

  private Capabilities capabilities(Optional<Rss> rss) {
    return new Capabilities(
        (rxOffloads & DpdkAbi.RX_OFFLOAD_TCP_CKSUM) != 0,
        (txOffloads & DpdkAbi.TX_OFFLOAD_TCP_CKSUM) != 0,
        false,
        rss,
        false);
  }

  @Override
  public void start(List<MbufPool> pools) {
    options.peer().ifPresent(this::addressPeer);
    int[] descriptors = {
      options.rxDescriptors().orElse(DESCRIPTORS), options.txDescriptors().orElse(DESCRIPTORS)
    };
    check("descriptors", port.devAdjustDescriptors(descriptors));
    for (int q = 0; q < queueCount; q++) {
      Mempool pool = (Mempool) pools.get(q).source();
      int before = pool.inUse();
      check("receive queue " + q, port.rxQueueSetup(q, descriptors[0], pool));
      keptBuffers[q] = VirtualDrivers.keepsBuffers(options) ? pool.inUse() - before : 0;
      check("transmit queue " + q, port.txQueueSetup(q, descriptors[1]));
    }
    BurstGate gate = VirtualDrivers.needsGate(options) ? eal.burstGate() : null;
    watch = new LinkWatch(name, port, gate, VirtualDrivers.reconnects(options));
    if (!watch.startPort(VirtualDrivers.startsAlone(options))) {
      throw error(
          "the link didn't come up within "
              + LinkWatch.LIMIT_SECONDS
              + " s: "
              + (options.driver().equals(VirtualDrivers.MEMIF)
                  ? "start the memif server at the other end first, on the same socket and id"
                  : "is the cable plugged in, and the other end up?"));
    }
    boolean critical = options.isPci() || !VirtualDrivers.mayBlock(options.driver());
    for (int q = 0; q < queueCount; q++) {
      queues.add(
          new PortQueue(
              name,
              critical,
              gate,
              PortQueue.Functions.of(port, q),
              pools.get(q),
              VirtualDrivers.sharesMemory(options) ? this::condemn : null));
    }
    capabilities = capabilities(rss());
    watch.start();
  }

  /** Before the port starts, which takes the kernel's interface up. */
  private void addressPeer(Ip4Prefix peer) {
    String iface = options.devarg(Driver.IFACE).orElseThrow();
    Inet4Address netmask = Ip4Address.toInet(Ip4Address.netmask(peer.prefixLength()));
    if (!KernelInterface.setAddress(iface, peer.address(), netmask)) {
      throw error("the kernel refuses " + peer + " for its interface " + iface);
    }
  }

  /**
   * Called when the peer has written something impossible into the shared memory: ends receiving
   * from and sending to it.
   */
  private void condemn() {
    if (!condemned) {
      condemned = true;
      watch.stopPort();
      System.getLogger(DpdkDevice.class.getName())
          .log(
              System.Logger.Level.ERROR,
              name + ": " + portName + ": a packet longer than its buffer: the port is stopped");
    }
  }

  private void check(String what, int result) {
    if (result != 0) {
      throw error("the port refuses " + what + reason(result));
    }
  }

  /** Key and table as the port reports them, whatever it was given. */
  private Optional<Rss> rss() {
    if (!spreads) {
      return Optional.empty();
    }
    PortRss told =
        PortRss.of(
            eal::strerror,
            PortRss.key(port::rssHashConfGet, keyBytes()),
            port.rssRetaQuery(info.retaSize()),
            queueCount);
    rssProblem = told.problem();
    return told.rss();
  }

  @Override
  public Optional<String> rssProblem() {
    return Optional.ofNullable(rssProblem);
  }

  private String reason(int result) {
    return " (" + eal.strerror(result) + "); " + eal.whereLog();
  }

  private ConfigException error(String message) {
    return new ConfigException(name + ": " + portName + ": " + message);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int queues() {
    return queueCount;
  }

  @Override
  public long mac() {
    return mac;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public int frameBytes() {
    return VirtualDrivers.frameBytes(options, mtu);
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public boolean linkUp() {
    return watch.isUp() && !condemned;
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    eal.registerThread();
    queues.get(queue).attach();
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    return condemned ? 0 : queues.get(queue).receive(mbufs, max);
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    return condemned ? 0 : queues.get(queue).transmit(mbufs, n);
  }

  /** The port counts for all queues; queue 0 reports the count. */
  @Override
  public long receiveErrors(int queue) {
    long lost = queues.get(queue).lost();
    return queue == 0 ? lost + watch.stats().total() : lost;
  }

  @Override
  public long receiveMissed(int queue) {
    return queue == 0 ? watch.stats().missed() : 0;
  }

  @Override
  public long receiveNoMbuf(int queue) {
    long lost = queues.get(queue).lost();
    return queue == 0 ? lost + watch.stats().noMbuf() : lost;
  }

  @Override
  public void leave(int queue) {
    queues.get(queue).leave();
    eal.unregisterThread();
  }

  @Override
  public void adopt(int queue) {
    eal.registerThread();
    queues.get(queue).attach();
  }

  @Override
  public void detach(int queue) {
    PortQueue state = queues.get(queue);
    boolean own = state.isOwner(Thread.currentThread());
    state.close();
    if (own) {
      eal.unregisterThread();
    }
  }

  @Override
  public int keptBuffers(int queue) {
    return keptBuffers[queue];
  }

  /** Stops and closes the port, which returns its buffers to the pools. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (watch != null) {
      watch.close();
    }
    if (VirtualDrivers.keepsBuffers(options)) {
      queues.forEach(PortQueue::freeSent);
    }
    stopAndClose();
    if (removable) {
      eal.remove(options.isPci() ? "pci" : "vdev", portName);
    }
    queues.forEach(PortQueue::free);
  }

  /** The peer may be leaving too: its callback would free the same memory at the same time. */
  private void stopAndClose() {
    BurstGate gate = VirtualDrivers.needsGate(options) ? eal.burstGate() : new BurstGate();
    gate.close();
    try {
      port.devStop();
      port.devClose();
    } finally {
      gate.open();
    }
  }
}
