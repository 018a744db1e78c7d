package org.mosstack.ip;

import java.util.Comparator;
import java.util.List;
import org.mosstack.config.ArpEntry;
import org.mosstack.header.Ip4Address;

/** The neighbours whose MAC addresses are configured, and aren't resolved by ARP. Immutable. */
final class StaticNeighbours {
  /** No MAC address. */
  static final long NONE = -1;

  // By entry, the longest prefix first.
  private final int[] networks;
  private final int[] masks;
  private final long[] macs;

  StaticNeighbours(List<ArpEntry> entries) {
    List<ArpEntry> sorted =
        entries.stream()
            .sorted(Comparator.comparingInt((ArpEntry e) -> -e.network().prefixLength()))
            .toList();
    networks = sorted.stream().mapToInt(e -> Ip4Address.fromInet(e.network().address())).toArray();
    masks = sorted.stream().mapToInt(e -> Addresses.mask(e.network().prefixLength())).toArray();
    macs = sorted.stream().mapToLong(ArpEntry::mac).toArray();
  }

  /** Returns a next hop's MAC address, from the entry with the longest prefix, or {@link #NONE}. */
  long mac(int nextHop) {
    for (int i = 0; i < networks.length; i++) {
      if (((networks[i] ^ nextHop) & masks[i]) == 0) {
        return macs[i];
      }
    }
    return NONE;
  }
}
