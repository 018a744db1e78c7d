package org.mosstack.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.mosstack.config.ConfigException;

/**
 * Checks whether a PCI device may be given to DPDK. Some of its drivers (e.g. virtio's) take a
 * device that the kernel is using, and the host loses the network.
 *
 * @param sys where sysfs is mounted
 * @param dev where the devices' files are
 */
record PciBinding(Path sys, Path dev) {
  /** This machine's. */
  static final PciBinding HERE = new PciBinding(Path.of("/sys"), Path.of("/dev"));

  private static final String VFIO = "vfio-pci";

  /**
   * Kernel drivers through which a process may use a device: those that do nothing else, and
   * Mellanox's, which share it.
   */
  private static final Set<String> DRIVERS =
      Set.of(VFIO, "igb_uio", "uio_pci_generic", "mlx4_core", "mlx5_core");

  /**
   * Checks a device, on the thread that starts the stack.
   *
   * @param name the line's, for messages
   * @param address such as {@code 0000:03:00.0}
   * @throws ConfigException if there is no such device, the kernel uses it, or this process may
   *     not, with what to do
   */
  void check(String name, String address) {
    Path device = sys.resolve("bus/pci/devices").resolve(address);
    if (!Files.isDirectory(device)) {
      throw new ConfigException(
          name + ": there is no PCI device " + address + "; bin/setup --status lists the NICs");
    }
    String driver = link(device.resolve("driver"));
    if (!DRIVERS.contains(driver)) {
      throw new ConfigException(
          name
              + ": PCI device "
              + address
              + " is bound to "
              + (driver.isEmpty() ? "no driver" : "the kernel's driver " + driver)
              + ": bin/setup --bind "
              + address
              + " gives it to DPDK");
    }
    if (driver.equals(VFIO)) {
      checkPermission(name, address, link(device.resolve("iommu_group")));
    }
  }

  private void checkPermission(String name, String address, String group) {
    Path file = dev.resolve("vfio").resolve(group);
    if (Files.exists(file) && !(Files.isReadable(file) && Files.isWritable(file))) {
      throw new ConfigException(
          name + ": no permission to open " + file + " of PCI device " + address + ": run as root");
    }
  }

  /** The last name of a link's target; empty if there is none. */
  private static String link(Path link) {
    try {
      return Files.readSymbolicLink(link).getFileName().toString();
    } catch (IOException _) {
      return "";
    }
  }
}
