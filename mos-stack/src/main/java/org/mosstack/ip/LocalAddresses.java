package org.mosstack.ip;

/** The stack's own addresses, and those on its links that can't be a host's. */
final class LocalAddresses {
  private final int[] own; // without the loopback interface's
  private final int[] broadcasts; // directed broadcast address of each prefix that has one
  private final long[] macs;
  private final boolean loopback;

  LocalAddresses(NetInterface[] interfaces) {
    int ownCount = 0;
    int broadcastCount = 0;
    int[] addresses = new int[interfaces.length];
    int[] directed = new int[interfaces.length];
    long[] stations = new long[interfaces.length];
    boolean hasLoopback = false;
    for (NetInterface each : interfaces) {
      if (each.isLoopback()) {
        hasLoopback = true;
        continue;
      }
      stations[ownCount] = each.mac();
      addresses[ownCount++] = each.address();
      if (each.prefixLength() <= 30) { // RFC 3021: a /31 has no broadcast address
        directed[broadcastCount++] = each.address() | ~Addresses.mask(each.prefixLength());
      }
    }
    own = java.util.Arrays.copyOf(addresses, ownCount);
    macs = java.util.Arrays.copyOf(stations, ownCount);
    broadcasts = java.util.Arrays.copyOf(directed, broadcastCount);
    loopback = hasLoopback;
  }

  /** Number of addresses, without those of the loopback interface. */
  int count() {
    return own.length;
  }

  /** Returns the address at an index, 0 to {@link #count()} - 1. */
  int address(int index) {
    return own[index];
  }

  /** Returns the address's index, or -1 if it isn't one of these. */
  int indexOf(int address) {
    for (int i = 0; i < own.length; i++) {
      if (own[i] == address) {
        return i;
      }
    }
    return -1;
  }

  /** Whether packets to this address are for this stack. */
  boolean isLocal(int address) {
    return indexOf(address) >= 0 || loopback && Addresses.isLoopback(address);
  }

  /** Whether the MAC address is one of the stack's own. */
  boolean isOwnMac(long mac) {
    for (long each : macs) {
      if (each == mac) {
        return true;
      }
    }
    return false;
  }

  /** Whether the address means all hosts of a link: limited or directed broadcast. */
  boolean isBroadcast(int address) {
    if (address == Addresses.BROADCAST) {
      return true;
    }
    for (int each : broadcasts) {
      if (each == address) {
        return true;
      }
    }
    return false;
  }

  /** Whether the address can be that of one other host. */
  boolean isRemoteHost(int address) {
    return Addresses.isHost(address) && !isBroadcast(address) && indexOf(address) < 0;
  }

  /** Whether a packet received there can have this source (RFC 1122 section 3.2.1.3). */
  boolean isSource(NetInterface from, int source) {
    return from.isLoopback() ? isLocal(source) : isRemoteHost(source);
  }
}
