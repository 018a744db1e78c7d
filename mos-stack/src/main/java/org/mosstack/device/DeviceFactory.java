package org.mosstack.device;

/** Makes the devices that the configuration names. */
@FunctionalInterface
public interface DeviceFactory {
  /**
   * Makes or opens a device.
   *
   * @param deviceName its name in the configuration, such as {@code dpdk0}
   * @param driverName the part before {@code =} on its {@code netdev} line, such as {@code wire}
   * @param arguments the part behind it; may be empty
   * @param queues receive and transmit queues wanted, one for each core that uses it; the device
   *     may have fewer, see {@link SteeredDevice}
   * @throws IllegalArgumentException when the driver is unknown or refuses its arguments; the
   *     message names the device, what was read and what is allowed
   */
  NetDevice create(String deviceName, String driverName, String arguments, int queues);
}
