package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.MbufPool;

class ForwardingDeviceTest {
  private final List<String> calls = new ArrayList<>();

  private NetDevice recording() {
    return (NetDevice)
        Proxy.newProxyInstance(
            NetDevice.class.getClassLoader(),
            new Class<?>[] {NetDevice.class},
            (_, method, _) -> {
              calls.add(method.getName());
              return answer(method.getReturnType());
            });
  }

  private static Object answer(Class<?> type) {
    return switch (type.getSimpleName()) {
      case "int" -> 77;
      case "long" -> 77L;
      case "boolean" -> true;
      case "String" -> "inner";
      case "Optional" -> Optional.of("why");
      case "Capabilities" -> new Capabilities(true, true, true, Optional.empty(), true);
      default -> null;
    };
  }

  private static Object[] arguments(Method method) {
    return Stream.of(method.getParameterTypes())
        .map(type -> type == int.class ? (Object) 3 : null)
        .toArray();
  }

  /** Also those that have a default: a decorator that loses one would lose what is behind it. */
  @Test
  void everyMethodGoesToTheInnerDevice() throws ReflectiveOperationException {
    NetDevice device = new ForwardingDevice(recording()) {};
    int methods = 0;
    for (Method method : NetDevice.class.getMethods()) {
      if (Modifier.isStatic(method.getModifiers())) {
        continue;
      }
      calls.clear();
      Object result = method.invoke(device, arguments(method));
      assertEquals(List.of(method.getName()), calls);
      assertEquals(answer(method.getReturnType()), result, method::getName);
      methods++;
    }
    assertTrue(methods >= 20, methods + " methods");
  }

  /** The least that a device has to have. */
  private record Least(String name, long mac) implements NetDevice {
    @Override
    public void attach(int queue, MbufPool pool) {}

    @Override
    public int receive(int queue, long[] mbufs, int max) {
      return 0;
    }

    @Override
    public int transmit(int queue, long[] mbufs, int n) {
      return n;
    }

    @Override
    public void close() {}
  }

  @Test
  void whatADeviceIsByDefault() {
    NetDevice device = new Least("least", 0x0200_0000_0001L);
    assertEquals(1, device.queues());
    assertEquals(1500, device.mtu());
    assertEquals(
        new Capabilities(false, false, false, Optional.empty(), false), device.capabilities());
    assertEquals(0, device.receiveErrors(0));
    assertTrue(device.linkUp() && device.prepareSleep(0));
    device.detach(0);
  }
}
