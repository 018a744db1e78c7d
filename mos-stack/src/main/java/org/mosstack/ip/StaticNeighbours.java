package org.mosstack.ip;

import java.util.Comparator;
import java.util.List;
import org.mosstack.config.ArpEntry;

/** The neighbours whose MAC addresses are configured, and aren't resolved by ARP. Immutable. */
final class StaticNeighbours {
  private final List<ArpEntry> entries; // longest prefix first

  StaticNeighbours(List<ArpEntry> entries) {
    this.entries =
        entries.stream()
            .sorted(Comparator.comparingInt(ArpEntry::prefixLength).reversed())
            .toList();
  }

  /** Returns the entry for a next hop, that with the longest prefix; null if there is none. */
  ArpEntry find(int nextHop) {
    for (ArpEntry each : entries) {
      if (((each.ip() ^ nextHop) & Addresses.mask(each.prefixLength())) == 0) {
        return each;
      }
    }
    return null;
  }
}
