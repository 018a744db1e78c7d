package org.mosstack.device;

import java.io.IOException;

/**
 * A driver: creates the devices whose {@code netdev} lines name it. See {@link
 * org.mosstack.MosStackBuilder#device}.
 */
@FunctionalInterface
public interface DeviceFactory {
  /**
   * Creates or opens a device; called once per {@code netdev} line when the stack starts.
   *
   * @param deviceName its name in the configuration, such as {@code dpdk0}
   * @param arguments the part of its {@code netdev} line after {@code <driver>=}; may be empty
   * @param queues receive and transmit queues wanted, one per core that uses it; the device may
   *     have fewer: the stack then steers packets to the other cores in software
   * @throws IllegalArgumentException if the arguments are invalid; the message names the device,
   *     what was read and what is allowed
   * @throws IOException if the machine refuses what the device needs; the stack doesn't start then
   */
  NetDevice create(String deviceName, String arguments, int queues) throws IOException;
}
