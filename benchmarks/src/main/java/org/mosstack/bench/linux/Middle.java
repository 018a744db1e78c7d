package org.mosstack.bench.linux;

import java.io.IOException;

/**
 * The namespace in the middle of the cables of a client and two servers: nftables pass each packet
 * on where it comes in, or drop it, of which its sender isn't told.
 *
 * @param namespace its name
 */
public record Middle(String namespace) {
  /** The interface of the client's cable. */
  public static final String CLIENT = "c";

  /** The interface of the cable of this project's server, which has all other addresses. */
  public static final String STACK = "s";

  /** The interface of the cable of the kernel's server. */
  public static final String KERNEL = "l";

  /** The address of the kernel's server. */
  public static final String KERNEL_ADDRESS = "10.77.0.4";

  /**
   * Sets the loss.
   *
   * @param perMille how many of 1000 packets of TCP are lost, at random, in each direction
   * @throws IOException if nft fails
   */
  void lose(int perMille) throws IOException, InterruptedException {
    TransferClient.run("ip", "netns", "exec", namespace, "nft", rules(perMille));
  }

  /** Returns the rules as nft reads them. */
  static String rules(int perMille) {
    String drop = "ip protocol tcp numgen random mod 1000 < " + perMille + " drop";
    return """
    table netdev middle
    delete table netdev middle
    table netdev middle {
      chain client {
        type filter hook ingress device %1$s priority 0
        %5$s
        ip daddr %4$s fwd to %3$s
        arp daddr ip %4$s fwd to %3$s
        fwd to %2$s
      }
      chain stack {
        type filter hook ingress device %2$s priority 0
        %5$s
        fwd to %1$s
      }
      chain kernel {
        type filter hook ingress device %3$s priority 0
        %5$s
        fwd to %1$s
      }
    }
    """
        .formatted(CLIENT, STACK, KERNEL, KERNEL_ADDRESS, drop);
  }
}
