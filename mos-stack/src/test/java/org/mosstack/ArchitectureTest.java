package org.mosstack;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mosstack.mbuf.Memory;

/** The arrows between the packages point one way, and raw memory stays where it is checked. */
@AnalyzeClasses(packages = "org.mosstack", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static void packagesUseOnlyWhatTheyMay(JavaClasses classes) {
    Room.ALL.forEach(room -> usesOnly(room).check(classes));
  }

  @ArchTest
  static final ArchRule EVERY_PACKAGE_IS_LISTED =
      classes()
          .should()
          .resideInAnyPackage(Room.ALL.stream().map(Room::packageName).toArray(String[]::new));

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("org.mosstack.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_NETTY =
      noClasses().should().dependOnClassesThat().resideInAnyPackage("io.netty..");

  @ArchTest // two stacks live in one process
  static final ArchRule NO_STATIC_STATE = noFields().that().areStatic().should().notBeFinal();

  @ArchTest // what protects packet memory is checked with the JVM's defaults too
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
          .resideOutsideOfPackages(packages("mbuf", "bpf", "header", "tcp", "tcp.segment", "dpdk"))
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Memory.class);

  private static String[] packages(String... names) {
    return Stream.of(names).map(name -> "org.mosstack." + name).toArray(String[]::new);
  }

  private static ArchRule usesOnly(Room room) {
    Set<String> allowed =
        room.uses().stream().map(name -> "org.mosstack." + name).collect(Collectors.toSet());
    String own = room.packageName();
    return noClasses()
        .that()
        .resideInAPackage(own)
        .should()
        .dependOnClassesThat(
            describe(
                "are in another package of the stack than " + room.uses(),
                (JavaClass c) ->
                    c.getPackageName().startsWith("org.mosstack")
                        && !c.getPackageName().equals(own)
                        && !allowed.contains(c.getPackageName())));
  }
}
