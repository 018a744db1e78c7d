package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.ConfigException;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.config.MosKeys;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.device.WireHub;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.CpuSet;
import org.mosstack.stats.DeviceStats;

/** What can be wrong when a stack starts: each with one line that says what to do. */
class MosStackBuilderTest {
  @TempDir Path folder;
  private final WireHub hub = new WireHub(new SplittableRandom(1));

  private static MosConfig config(String application, String mos, String netdev) {
    return MosConfig.parse(
        "mos.conf",
        """
        application {
          type = end
          run = test
          %s
        }
        mos {
          %s
          netdev {
            %s
          }
        }
        """
            .formatted(application, mos, netdev));
  }

  /** A configuration that doesn't ask for much memory. */
  private static MosConfig small(String application, String mos) {
    return config(application, "max_concurrency = 10\n" + mos, "dpdk0 0x1 10.0.0.1/24 wire=w");
  }

  private static String message(MosStackBuilder builder) {
    return assertThrows(ConfigException.class, builder::start).getMessage();
  }

  private MosStackBuilder onHub(String netdev) {
    return MosStack.builder(config("core_mask = 0x1", "", netdev)).device(WireHub.WIRE, hub);
  }

  @Test
  void moreCoresThanTheMachineHas() {
    int cores = CpuSet.online().length();
    String mask = "0x1" + "0".repeat((cores + 4) / 4);
    MosConfig config = config("core_mask = " + mask, "", "dpdk0 " + mask + " 10.0.0.1/24 wire=w");
    String machine =
        cores == 1 ? "1 core, number 0" : cores + " cores, numbers 0 to " + (cores - 1);
    assertEquals(
        "mos.conf:4: core_mask: read \""
            + mask
            + "\", allowed: cores of this machine, which has "
            + machine
            + "; to start anyway use --allow-oversubscribe: loops then share CPUs, unpinned",
        message(MosStack.builder(config).device(WireHub.WIRE, hub)));
  }

  @Test
  void oversubscribedCoresAreBoundToNoCpu() {
    String mask = "0x" + "f".repeat(5);
    MosConfig config = small("core_mask = " + mask, "");
    try (MosStack stack = MosStack.builder(config).allowOversubscribe(true).start()) {
      assertEquals(20, stack.cores());
      for (int i = 0; i < stack.cores(); i++) {
        assertEquals(i, stack.core(i).index());
        assertEquals(-1, stack.core(i).cpu());
      }
    }
  }

  @Test
  void coreLimitUsesTheFirstCores() {
    MosConfig config = small("core_mask = 0x1", "");
    try (MosStack stack = MosStack.builder(config).coreLimit(5).start()) {
      assertEquals(1, stack.cores());
      assertEquals(0, stack.core(0).cpu());
    }
  }

  /** Unless it names CPUs, or every program would run on CPU 0. */
  @Test
  void aProgramsCoresAreBoundToNoCpu() {
    MosConfigBuilder builder =
        MosConfig.builder().set(MosKeys.MAX_CONCURRENCY, 10).netdev("dpdk0 0x1 10.0.0.1/24 wire=w");
    assertEquals(-1, cpuOf(builder));
    assertEquals(0, cpuOf(builder.set(MosKeys.CORE_MASK, CoreMask.of(0))));
  }

  private static int cpuOf(MosConfigBuilder builder) {
    try (MosStack stack = MosStack.start(builder.build())) {
      return stack.core(0).cpu();
    }
  }

  @Test
  void aDriverThatIsNotThere() {
    MosConfig config = config("core_mask = 0x1", "", "dpdk0 0x1 10.0.0.1/24 af_packet=iface=t");
    String allowed =
        "mos.conf:9: netdev dpdk0: read \"dpdk0 0x1 10.0.0.1/24 af_packet=iface=t\", allowed: a"
            + " driver that there is: wire, pci, net_<name> of DPDK's, or one that the program"
            + " adds, here ";
    MosStackBuilder builder = MosStack.builder(config);
    assertEquals(allowed + "none", message(builder));
    builder.device("tunnel", hub).device("bridge2", hub);
    assertEquals(allowed + "bridge2, tunnel", message(builder));
  }

  /** Whatever stands behind the driver's name is the driver's own affair. */
  @Test
  void aDriverOfTheProgramsOwn() {
    MosConfig config =
        config(
            "core_mask = 0x3",
            "max_concurrency = 10",
            "tun0 0x1 10.0.0.1/24 tunnel==a,,mtu=x\nwire0 0x1 10.0.1.1/24 wire=w");
    List<String> created = new ArrayList<>();
    DeviceFactory tunnel =
        (name, arguments, queues) -> {
          created.add(name + " " + arguments + " " + queues);
          return hub.create(name, "tunnel", queues);
        };
    try (MosStack stack =
        MosStack.builder(config).device("tunnel", tunnel).allowOversubscribe(true).start()) {
      assertEquals(List.of("tun0 =a,,mtu=x 1"), created);
      assertEquals(
          List.of("tun0", "wire0", "lo"),
          stack.stats().devices().stream().map(DeviceStats::name).toList());
    }
  }

  @Test
  void namesOfDriversThatCannotBe() {
    for (String name : List.of("pci", "net_tap", "", "Tunnel", "my-driver", "2")) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> MosStack.builder(small("core_mask = 0x1", "")).device(name, hub));
      assertEquals(
          "driver: read \"" + name + "\", allowed: [a-z][a-z0-9_]*, but not DPDK's pci and net_...",
          refused.getMessage());
    }
  }

  @Test
  void aDriverThatTheMachineRefuses() {
    DeviceFactory refusing =
        (_, _, _) -> {
          throw new IOException("no such tunnel");
        };
    MosConfig config = config("core_mask = 0x1", "", "tun0 0x1 10.0.0.1/24 tunnel=x");
    assertEquals(
        "tun0: no such tunnel", message(MosStack.builder(config).device("tunnel", refusing)));
  }

  /** Every port has them, the first nearest to it, and they see what goes through it. */
  @Test
  void decoratorsWrapEachPort() {
    MosConfig config =
        config(
            "core_mask = 0x1",
            "max_concurrency = 10",
            "dpdk0 0x1 10.0.0.1/24 wire=a\ndpdk1 0x1 10.0.1.1/24 wire=b");
    List<String> wrapped = new ArrayList<>();
    List<String> sent = new ArrayList<>();
    MosStackBuilder builder =
        MosStack.builder(config)
            .device(WireHub.WIRE, hub)
            .decorate(port -> sending(port, "inner", wrapped, sent))
            .decorate(port -> sending(port, "outer", wrapped, sent));
    try (MosStack stack = builder.start()) {
      assertEquals(List.of("inner dpdk0", "outer dpdk0", "inner dpdk1", "outer dpdk1"), wrapped);
      stack.core(0).attach();
      stack.core(0).poll(); // announces the addresses
      assertEquals(List.of("outer dpdk0", "inner dpdk0", "outer dpdk1", "inner dpdk1"), sent);
    }
  }

  private static NetDevice sending(
      NetDevice port, String decorator, List<String> wrapped, List<String> sent) {
    String name = decorator + " " + port.name();
    wrapped.add(name);
    return new ForwardingDevice(port) {
      @Override
      public int transmit(int queue, long[] mbufs, int n) {
        sent.add(name);
        return super.transmit(queue, mbufs, n);
      }
    };
  }

  /** The port is closed again: the wire's end is free. */
  @Test
  void aDecoratorThatFails() {
    IllegalArgumentException failure = new IllegalArgumentException("dpdk0: no");
    for (int i = 0; i < 3; i++) {
      MosStackBuilder builder =
          onHub("dpdk0 0x1 10.0.0.1/24 wire=w")
              .decorate(
                  _ -> {
                    throw failure;
                  });
      assertEquals("dpdk0: no", message(builder));
    }
    onHub("dpdk0 0x1 10.0.0.1/24 wire=w").start().close();
  }

  @Test
  void noAddress() {
    assertEquals(
        "mos.conf:9: netdev dpdk0: read \"dpdk0 0x1 wire=w\", allowed: an address on the line,"
            + " <ip>/<prefix>, as no kernel interface of that name has one",
        message(onHub("dpdk0 0x1 wire=w")));
  }

  /** The kernel's interface of that name provides its address, as in the original. */
  @Test
  void theKernelsAddress() {
    try (MosStack stack =
        MosStack.builder(config("core_mask = 0x1", "max_concurrency = 10", "lo 0x1 wire=w"))
            .device(WireHub.WIRE, hub)
            .start()) {
      assertEquals(1, stack.cores());
    }
  }

  @Test
  void aDeviceForOtherCores() {
    MosConfig config = config("core_mask = 0x3", "", "dpdk0 0x2 10.0.0.1/24 wire=w");
    assertEquals(
        "mos.conf:9: netdev dpdk0: read \"dpdk0 0x2 10.0.0.1/24 wire=w\", allowed: a mask with one"
            + " of the cores that are used",
        message(
            MosStack.builder(config)
                .device(WireHub.WIRE, hub)
                .allowOversubscribe(true)
                .coreLimit(1)));
  }

  @Test
  void aThirdOnAWire() {
    try (MosStack _ = onHub("dpdk0 0x1 10.0.0.1/24 wire=w").start();
        MosStack _ = onHub("dpdk0 0x1 10.0.0.2/24 wire=w").start()) {
      assertEquals(
          "dpdk0: both ends of wire w are in use", message(onHub("dpdk0 0x1 10.0.0.3/24 wire=w")));
    }
  }

  /** What was opened before the error is closed again. */
  @Test
  void aFailedStartLeavesNothingBehind() throws IOException {
    for (int i = 0; i < 3; i++) {
      message(onHub("dpdk0 0x1 10.0.0.1/24 wire=w\ndpdk1 0x1 10.0.1.1/24 nothing=x"));
    }
    Path file = Files.writeString(folder.resolve("file"), "");
    MosConfig unwritable =
        config("core_mask = 0x1", "mos_log = " + file, "dpdk0 0x1 10.0.0.1/24 wire=w");
    for (int i = 0; i < 3; i++) {
      String message = message(MosStack.builder(unwritable).device(WireHub.WIRE, hub));
      assertEquals(
          "mos.conf:7: mos_log: can't write \"" + file + "\": it is no directory", message);
    }
    onHub("dpdk0 0x1 10.0.0.1/24 wire=w").start().close();
  }

  @Test
  void notesGoToTheLogOfTheFirstCore() throws IOException {
    MosConfig config = small("core_mask = 0x1", "forward = 1\nmos_log = " + folder);
    MosStack.builder(config).start().close();
    String log = Files.readString(folder.resolve("log_0"));
    assertEquals(1, config.notes().size());
    assertTrue(log.contains(config.notes().getFirst()), log);
    assertTrue(log.contains("core 0 ended, packet buffers in use: 0"), log);
  }

  /** Reports a wire end's start to a test. */
  @SuppressWarnings("unchecked") // the arguments of start
  private NetDevice startShown(NetDevice inner, Consumer<List<MbufPool>> onStart) {
    return (NetDevice)
        Proxy.newProxyInstance(
            NetDevice.class.getClassLoader(),
            new Class<?>[] {NetDevice.class},
            (_, method, arguments) -> {
              if (method.getName().equals("start")) {
                onStart.accept((List<MbufPool>) arguments[0]);
              }
              return method.invoke(inner, arguments);
            });
  }

  @Test
  void aDeviceIsStartedWithThePoolsOfItsCores() {
    MosConfig config =
        config(
            "core_mask = 0xf",
            "max_concurrency = 10",
            "dpdk0 0xa 10.0.0.1/24 wire=a\ndpdk1 0xf 10.0.1.1/24 wire=b");
    List<List<MbufPool>> started = new ArrayList<>();
    try (MosStack stack =
        MosStack.builder(config)
            .device(WireHub.WIRE, (n, a, q) -> startShown(hub.create(n, a, q), started::add))
            .allowOversubscribe(true)
            .start()) {
      List<MbufPool> all = started.getLast();
      assertEquals(2, started.size());
      assertEquals(List.of(all.get(1), all.get(3)), started.getFirst());
      for (int i = 0; i < 4; i++) {
        assertEquals(stack.core(i).pool(), all.get(i));
      }
    }
  }

  @Test
  void aPortThatDoesNotStart() throws IOException {
    MosConfig config = small("core_mask = 0x1", "mos_log = " + folder);
    Consumer<List<MbufPool>> refuses =
        _ -> {
          throw new IllegalStateException("dpdk0: port busy, close its other user");
        };
    MosStackBuilder builder =
        MosStack.builder(config)
            .device(WireHub.WIRE, (n, a, q) -> startShown(hub.create(n, a, q), refuses));
    for (int i = 0; i < 3; i++) { // the wire's end is free again each time
      assertEquals("dpdk0: port busy, close its other user", message(builder));
    }
    String log = Files.readString(folder.resolve("log_0"));
    assertTrue(log.contains("core 0 ended, packet buffers in use: 0"), log);
  }

  /** While the pools of its buffers are still there. */
  @Test
  void aPortThatDoesNotStartIsClosedOnce() {
    List<String> calls = new ArrayList<>();
    MosStackBuilder builder =
        onHub("dpdk0 0x1 10.0.0.1/24 wire=a\ndpdk1 0x1 10.0.1.1/24 wire=b")
            .decorate(port -> refusing(port, calls));
    assertEquals("dpdk1: busy", message(builder));
    assertEquals(List.of("start dpdk0", "start dpdk1", "close dpdk0", "close dpdk1"), calls);
  }

  private static NetDevice refusing(NetDevice port, List<String> calls) {
    return new ForwardingDevice(port) {
      private MbufPool pool;

      @Override
      public void start(List<MbufPool> pools) {
        calls.add("start " + name());
        pool = pools.getFirst();
        if (name().equals("dpdk1")) {
          throw new IllegalStateException("dpdk1: busy");
        }
        super.start(pools);
      }

      @Override
      public void close() {
        calls.add("close " + name());
        pool.free(pool.alloc());
        super.close();
      }
    };
  }

  /** A wire has two ends: a third stack's would be refused if the wires were the builder's. */
  @Test
  void eachStackHasWiresOfItsOwn() {
    MosStackBuilder builder = MosStack.builder(small("core_mask = 0x1", ""));
    try (MosStack first = builder.start();
        MosStack second = builder.start();
        MosStack third = builder.start()) {
      for (MosStack stack : List.of(first, second, third)) {
        assertEquals("dpdk0", stack.devices().getFirst().name());
      }
    }
  }
}
