package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.config.ConfigException;

/** Reads a sysfs made of folders and links, like the kernel's. */
class PciBindingTest {
  private static final String ADDRESS = "0000:03:00.0";

  @TempDir Path root;

  private PciBinding binding() {
    return new PciBinding(root.resolve("sys"), root.resolve("dev"));
  }

  private Path device() throws IOException {
    return Files.createDirectories(root.resolve("sys/bus/pci/devices").resolve(ADDRESS));
  }

  private void bind(String driver) throws IOException {
    Path target = Path.of("../../../../bus/pci/drivers").resolve(driver);
    Files.createSymbolicLink(device().resolve("driver"), target);
  }

  private String refusal() {
    PciBinding binding = binding();
    return assertThrows(ConfigException.class, () -> binding.check("dpdk0", ADDRESS)).getMessage();
  }

  @Test
  void refusesDeviceThatIsNotThere() {
    assertEquals(
        "dpdk0: there is no PCI device 0000:03:00.0; bin/setup --status lists the NICs", refusal());
  }

  @Test
  void refusesDeviceThatTheKernelUses() throws IOException {
    bind("virtio-pci");
    assertEquals(
        "dpdk0: PCI device 0000:03:00.0 is bound to the kernel's driver virtio-pci:"
            + " bin/setup --bind 0000:03:00.0 gives it to DPDK",
        refusal());
  }

  @Test
  void refusesDeviceWithoutDriver() throws IOException {
    device();
    assertEquals(
        "dpdk0: PCI device 0000:03:00.0 is bound to no driver:"
            + " bin/setup --bind 0000:03:00.0 gives it to DPDK",
        refusal());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vfio-pci", "igb_uio", "uio_pci_generic", "mlx5_core"})
  void takesDeviceThatIsBoundForIt(String driver) throws IOException {
    bind(driver);
    binding().check("dpdk0", ADDRESS);
  }

  @Test
  void takesDeviceWhoseFileMayBeOpened() throws IOException {
    bind("vfio-pci");
    Files.createSymbolicLink(
        device().resolve("iommu_group"), Path.of("../../../../kernel/iommu_groups/7"));
    Files.createFile(Files.createDirectories(root.resolve("dev/vfio")).resolve("7"));
    binding().check("dpdk0", ADDRESS);
  }
}
