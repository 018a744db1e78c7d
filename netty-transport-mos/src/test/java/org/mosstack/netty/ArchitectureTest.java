package org.mosstack.netty;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What this module may use. */
@AnalyzeClasses(
    packages = "org.mosstack.netty",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  /** The stack's public API, Netty, and the JDK without raw memory. */
  @ArchTest
  static final ArchRule packages =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "org.mosstack.netty",
              "org.mosstack",
              "org.mosstack.socket",
              "org.mosstack.config",
              "org.mosstack.stats",
              "org.mosstack.device",
              "org.mosstack.time",
              "io.netty..",
              "java.io",
              "java.lang",
              "java.lang.invoke",
              "java.net",
              "java.nio",
              "java.nio.channels",
              "java.util..",
              "jdk.net");

  /** Public classes aren't designed for extension. */
  @ArchTest
  static final ArchRule finalClasses =
      classes().that().arePublic().should().haveModifier(JavaModifier.FINAL);

  /** Several stacks may exist in one process: there is no static mutable state. */
  @ArchTest
  static final ArchRule noStaticState = noFields().that().areStatic().should().notBeFinal();
}
