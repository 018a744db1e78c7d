package org.mosstack.device;

/** Creates the devices that the configuration names. */
@FunctionalInterface
public interface DeviceFactory {
  /**
   * Creates or opens a device.
   *
   * @param deviceName its name in the configuration, such as {@code dpdk0}
   * @param driverName the part before {@code =} on its {@code netdev} line, such as {@code wire}
   * @param arguments the part after it; may be empty
   * @param queues receive and transmit queues wanted, one per core that uses it; the device may
   *     have fewer, see {@link SteeredDevice}
   * @throws IllegalArgumentException if the driver is unknown or rejects its arguments; the message
   *     names the device, what was read and what is allowed
   */
  NetDevice create(String deviceName, String driverName, String arguments, int queues);
}
