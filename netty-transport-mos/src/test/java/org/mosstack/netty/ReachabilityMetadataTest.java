package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The metadata for GraalVM's native-image (META-INF/native-image) covers what this module needs:
 * the channels, which bootstraps create by reflection, handlers, whose methods Netty looks up, and
 * fields looked up by name.
 */
class ReachabilityMetadataTest {
  private static final String FILE =
      "/META-INF/native-image/org.mosstack/netty-transport-mos/reachability-metadata.json";

  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.mosstack.netty");

  @Test
  void theFileListsAllThatIsUsed() throws IOException {
    String committed;
    try (InputStream in = ReachabilityMetadataTest.class.getResourceAsStream(FILE)) {
      committed = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertEquals(expected(), committed, "src/main/resources" + FILE + " isn't what the code needs");
  }

  private String expected() {
    Stream<String> channels =
        channels().stream()
            .map(
                ("    {\"type\": \"%s\", \"methods\":"
                        + " [{\"name\": \"<init>\", \"parameterTypes\": []}]}")
                    ::formatted);
    // Netty looks up a handler's methods by their names, to see which of them it has.
    Stream<String> handlers =
        concrete(ChannelHandler.class)
            .map(Class::getName)
            .sorted()
            .map("    {\"type\": \"%s\", \"allPublicMethods\": true}"::formatted);
    return """
    {
      "reflection": [
    %s
      ]
    }
    """
        .formatted(Stream.concat(channels, handlers).collect(Collectors.joining(",\n")));
  }

  private Set<String> channels() {
    return concrete(Channel.class)
        .map(Class::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Stream<Class<?>> concrete(Class<?> type) {
    return main.stream()
        .<Class<?>>map(JavaClass::reflect)
        .filter(type::isAssignableFrom)
        .filter(each -> !Modifier.isAbstract(each.getModifiers()));
  }

  /** Each field that is looked up by name would need an entry in the file. */
  @Test
  void noFieldIsLookedUp() {
    assertEquals(
        Set.of(),
        callers(
            MethodHandles.Lookup.class, access -> access.getTarget().getName().startsWith("find")));
  }

  /** No reflection, resources, services or linking: no further metadata. */
  @Test
  void nothingElseIsLookedUp() {
    assertEquals(
        Set.of(),
        callers(
            Class.class,
            access ->
                access.getTarget().getName().startsWith("getResource")
                    || access.getTarget().getName().startsWith("getDeclared")
                    || access.getTarget().getName().equals("forName")));
    assertEquals(Set.of(), callers(java.util.ServiceLoader.class, _ -> true));
  }

  private Set<String> callers(Class<?> target, Predicate<JavaAccess<?>> wanted) {
    return main.stream()
        .map(JavaClass::getAccessesFromSelf)
        .flatMap(Set::stream)
        .filter(access -> access.getTargetOwner().isEquivalentTo(target))
        .filter(wanted)
        .map(access -> access.getOriginOwner().getName())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
