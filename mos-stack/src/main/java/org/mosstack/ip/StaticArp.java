package org.mosstack.ip;

/**
 * A neighbour's MAC address that is configured, never asked for, and never changed by ARP.
 *
 * @param address IPv4 address, or the network's when the entry covers several
 * @param prefixLength bits of it that count, 0 to 32
 * @param mac MAC address, 48 bits
 */
public record StaticArp(int address, int prefixLength, long mac) {
  /** Checks the prefix length. */
  public StaticArp {
    if (prefixLength < 0 || prefixLength > 32) {
      throw new IllegalArgumentException("prefix length " + prefixLength + ", 0 to 32");
    }
  }

  /** Whether the entry speaks of this address. */
  boolean covers(int other) {
    return ((address ^ other) & Addresses.mask(prefixLength)) == 0;
  }
}
