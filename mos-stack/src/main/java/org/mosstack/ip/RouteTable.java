package org.mosstack.ip;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where packets go: the route with the longest prefix that covers the destination. Immutable;
 * shared by the cores.
 *
 * <p>Lookups allocate nothing: {@link #find} returns the number of a route, whose parts the
 * accessors return.
 */
public final class RouteTable {
  private final int[] networks; // by prefix length, longest first; then by network, unsigned
  private final int[] interfaceIndexes;
  private final int[] gateways;
  private final int[] prefixLengths; // those that occur, longest first
  private final int[] starts; // of each prefix length; one more for the end

  private RouteTable(List<Route> routes) {
    int n = routes.size();
    networks = new int[n];
    interfaceIndexes = new int[n];
    gateways = new int[n];
    prefixLengths = routes.stream().mapToInt(Route::prefixLength).distinct().toArray();
    starts = new int[prefixLengths.length + 1];
    int group = 0;
    for (int i = 0; i < n; i++) {
      Route route = routes.get(i);
      networks[i] = route.network;
      interfaceIndexes[i] = route.interfaceIndex;
      gateways[i] = route.gateway;
      if (i > 0 && routes.get(i - 1).prefixLength != route.prefixLength) {
        starts[++group] = i;
      }
    }
    starts[prefixLengths.length] = n;
  }

  /** Returns a builder of an empty table. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Finds the route to a destination.
   *
   * @return its number, for {@link #interfaceIndex} and {@link #gateway}; -1 if there is none
   */
  public int find(int destination) {
    for (int group = 0; group < prefixLengths.length; group++) {
      int network = destination & Addresses.mask(prefixLengths[group]);
      int route = search(network, starts[group], starts[group + 1]);
      if (route >= 0) {
        return route;
      }
    }
    return -1;
  }

  private int search(int network, int from, int to) {
    int low = from;
    int high = to - 1;
    while (low <= high) {
      int middle = low + high >>> 1;
      int order = Integer.compareUnsigned(networks[middle], network);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** Index of the interface that a route leads to. */
  public int interfaceIndex(int route) {
    return interfaceIndexes[route];
  }

  /** Address of a route's gateway; 0 if the destination itself is on the link. */
  public int gateway(int route) {
    return gateways[route];
  }

  private record Route(
      int network, int prefixLength, int interfaceIndex, int gateway, boolean onLink) {
    boolean samePrefix(Route other) {
      return network == other.network && prefixLength == other.prefixLength;
    }

    boolean sameTarget(Route other) {
      return interfaceIndex == other.interfaceIndex && gateway == other.gateway;
    }
  }

  /** Collects routes. Bits beyond a prefix are ignored. */
  public static final class Builder {
    private final List<Route> routes = new ArrayList<>();

    private Builder() {}

    /**
     * Adds the network of an interface's own address. A {@link #route} with the same prefix
     * replaces it; of two interfaces in one network the first is used.
     */
    public Builder onLink(int interfaceIndex, int address, int prefixLength) {
      return add(address, prefixLength, interfaceIndex, 0, true);
    }

    /**
     * Adds a configured route.
     *
     * @param network destination network
     * @param prefixLength prefix length in bits, 0 (default route) to 32
     * @param interfaceIndex index of the interface its packets leave by, from 0
     * @param gateway router on that link, or 0 when the destinations are on the link themselves
     * @throws IllegalArgumentException if a value is out of range, or the same network has another
     *     route already
     */
    public Builder route(int network, int prefixLength, int interfaceIndex, int gateway) {
      return add(network, prefixLength, interfaceIndex, gateway, false);
    }

    private Builder add(
        int network, int prefixLength, int interfaceIndex, int gateway, boolean onLink) {
      if (prefixLength < 0 || prefixLength > 32 || interfaceIndex < 0) {
        throw new IllegalArgumentException(
            "prefix length " + prefixLength + ", 0 to 32; interface " + interfaceIndex);
      }
      int masked = network & Addresses.mask(prefixLength);
      Route added = new Route(masked, prefixLength, interfaceIndex, gateway, onLink);
      for (int i = 0; i < routes.size(); i++) {
        Route present = routes.get(i);
        if (present.samePrefix(added)) {
          if (present.onLink && !onLink) {
            routes.set(i, added);
          } else if (!onLink && !present.sameTarget(added)) {
            throw new IllegalArgumentException("two routes for one network: " + added);
          }
          return this;
        }
      }
      routes.add(added);
      return this;
    }

    /** Returns the finished table. */
    public RouteTable build() {
      List<Route> sorted = new ArrayList<>(routes);
      sorted.sort(
          Comparator.comparingInt(Route::prefixLength)
              .reversed()
              .thenComparing(Route::network, Integer::compareUnsigned));
      return new RouteTable(sorted);
    }
  }
}
