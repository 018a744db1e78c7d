package org.mosstack.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class EndpointTest {
  @Test
  void isOfEitherFamily() {
    assertEquals("10.0.0.1:80", Endpoint.of("10.0.0.1", 80).toString());
    assertEquals("[2001:db8:0:0:0:0:0:1]:80", Endpoint.of("2001:db8::1", 80).toString());
  }

  @Test
  void equalsAnotherOfTheSameAddressAndPort() throws Exception {
    InetAddress named = InetAddress.getByAddress("a name", new byte[] {10, 0, 0, 1});
    assertEquals(Endpoint.of("10.0.0.1", 80), new Endpoint(named, 80));
    assertEquals(Endpoint.of("10.0.0.1", 80), Endpoint.of(new InetSocketAddress(named, 80)));
    assertEquals(new InetSocketAddress(named, 80), Endpoint.of("10.0.0.1", 80).toSocketAddress());
  }

  @Test
  void unspecifiedStandsForAll() {
    assertEquals("0.0.0.0:8080", Endpoint.any(8080).toString());
    assertEquals(Endpoint.ANY, Endpoint.any(0));
    assertTrue(Endpoint.ANY.address().isAnyLocalAddress());
  }

  @Test
  void refusesWhatIsNone() {
    assertThrows(IllegalArgumentException.class, () -> Endpoint.any(-1));
    assertThrows(IllegalArgumentException.class, () -> Endpoint.any(65_536));
    assertThrows(IllegalArgumentException.class, () -> Endpoint.of("a name", 80));
    assertThrows(
        IllegalArgumentException.class,
        () -> Endpoint.of(InetSocketAddress.createUnresolved("a name", 80)));
    assertThrows(NullPointerException.class, () -> new Endpoint(null, 80));
  }
}
