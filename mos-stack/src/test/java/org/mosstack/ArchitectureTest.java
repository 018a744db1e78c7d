package org.mosstack;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.mosstack.mbuf.Memory;

/** Package dependencies point one way, and raw memory is used only where it is checked. */
@AnalyzeClasses(packages = "org.mosstack", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule OS = usesOnly("os");
  @ArchTest static final ArchRule TIME = usesOnly("time");
  @ArchTest static final ArchRule STATS = usesOnly("stats");
  @ArchTest static final ArchRule RANDOM = usesOnly("random");
  @ArchTest static final ArchRule MBUF = usesOnly("mbuf", "os");
  @ArchTest static final ArchRule BPF = usesOnly("bpf", "mbuf", "os");
  @ArchTest static final ArchRule HEADER = usesOnly("header", "mbuf");
  @ArchTest static final ArchRule CONFIG = usesOnly("config", "header");

  @ArchTest
  static final ArchRule DEVICE = usesOnly("device", "bpf", "mbuf", "header", "os", "time");

  @ArchTest // config for the static ARP entries
  static final ArchRule IP =
      usesOnly("ip", "device", "header", "mbuf", "stats", "config", "random");

  @ArchTest // config for the modes that keys choose
  static final ArchRule TCP =
      usesOnly("tcp", "ip", "device", "header", "mbuf", "os", "stats", "config", "random");

  @ArchTest
  static final ArchRule DPDK = usesOnly("dpdk", "config", "device", "header", "mbuf", "os");

  /** The root package has no rule: it combines all the others, and none of them knows it. */
  @ArchTest
  static final ArchRule EVERY_PACKAGE_HAS_A_RULE =
      classes()
          .should()
          .resideInAnyPackage(
              packages(
                  "", "os", "time", "stats", "random", "mbuf", "bpf", "header", "config", "device",
                  "ip", "tcp", "dpdk"));

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching("org.mosstack.(*)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_NETTY =
      noClasses().should().dependOnClassesThat().resideInAnyPackage("io.netty..");

  @ArchTest // two stacks may live in one process
  static final ArchRule NO_STATIC_STATE = noFields().that().areStatic().should().notBeFinal();

  @ArchTest // what protects packet memory is checked with the JVM's defaults, too
  static final ArchRule NO_ASSERTIONS =
      noClasses().should().callMethod(Class.class, "desiredAssertionStatus");

  @ArchTest
  static final ArchRule FOREIGN_MEMORY_AND_FUNCTIONS =
      noClasses()
          .that()
          .resideOutsideOfPackages(packages("os", "mbuf", "dpdk"))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..");

  /**
   * bpf: what filters read of packets; tcp: options, and payload on its way from and to the
   * application's memory.
   */
  @ArchTest
  static final ArchRule RAW_MEMORY =
      noClasses()
          .that()
          .resideOutsideOfPackages(packages("mbuf", "bpf", "header", "tcp", "dpdk"))
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Memory.class);

  private static String[] packages(String... names) {
    return Set.of(names).stream()
        .map(name -> name.isEmpty() ? "org.mosstack" : "org.mosstack." + name)
        .toArray(String[]::new);
  }

  /** A package of the stack depends on no other packages of the stack than these. */
  private static ArchRule usesOnly(String name, String... others) {
    Set<String> allowed = Set.of(packages(others));
    String own = "org.mosstack." + name;
    return noClasses()
        .that()
        .resideInAPackage(own)
        .should()
        .dependOnClassesThat(
            describe(
                "are in another package of the stack than " + Set.of(others),
                (JavaClass c) ->
                    c.getPackageName().startsWith("org.mosstack")
                        && !c.getPackageName().equals(own)
                        && !allowed.contains(c.getPackageName())));
  }
}
