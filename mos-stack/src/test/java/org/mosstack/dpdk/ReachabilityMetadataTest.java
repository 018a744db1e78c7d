package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mosstack.os.CSignature;
import org.mosstack.os.Libc;
import org.mosstack.os.Libpcap;
import org.mosstack.ring.PacketRing;

/**
 * What GraalVM's native-image is told about this module (META-INF/native-image) matches what the
 * module does: every C function's type, and every member looked up by name.
 */
class ReachabilityMetadataTest {
  private static final String ACCEPT_QUEUE = "org.mosstack.tcp.AcceptQueue";
  private static final String FILE =
      "/META-INF/native-image/org.mosstack/mos-stack/reachability-metadata.json";

  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.mosstack");

  @Test
  void theFileListsAllThatIsUsed() throws IOException {
    String committed;
    try (InputStream in = ReachabilityMetadataTest.class.getResourceAsStream(FILE)) {
      committed = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertEquals(expected(), committed, "src/main/resources" + FILE + " isn't what the code needs");
  }

  /** Signatures missing from the lists below couldn't be linked in a native image. */
  @Test
  void signaturesAreMadeWhereTheyAreListed() {
    assertEquals(
        Set.of(
            Libc.class.getName(),
            Libpcap.class.getName(),
            Rte.class.getName(),
            BurstCall.class.getName(),
            InterruptGuard.class.getName(),
            CSignature.class.getName()),
        callers(CSignature.class, ReachabilityMetadataTest::makesASignature));
  }

  private static boolean makesASignature(JavaAccess<?> access) {
    return Set.of("of", "ofVoid", "asCritical", "variadicFrom", "<init>")
        .contains(access.getTarget().getName());
  }

  @Test
  void onlyCSignatureLinks() {
    assertEquals(
        Set.of(CSignature.class.getName()),
        callers(
            Linker.class,
            access ->
                Set.of("downcallHandle", "upcallStub").contains(access.getTarget().getName())));
  }

  /** Looked up by name: {@link #reflection()} has one entry for each. */
  @Test
  void membersAreLookedUpWhereTheyAreListed() {
    assertEquals(
        Set.of(PacketRing.class.getName(), ACCEPT_QUEUE, InterruptGuard.class.getName()),
        callers(
            MethodHandles.Lookup.class,
            access ->
                access.getTarget().getName().startsWith("find")
                    || access.getTarget().getName().equals("bind")));
  }

  /** No reflection, resources or services: nothing more to declare. */
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

  private static String expected() {
    Stream<CSignature> named =
        Stream.of(
                Stream.of(Libc.values()).map(Libc::signature),
                Stream.of(Libpcap.values()).map(Libpcap::signature),
                Stream.of(Rte.values()).map(Rte::signature))
            .flatMap(each -> each);
    String downcalls =
        Stream.concat(named, BurstCall.signatures().stream())
            .map(ReachabilityMetadataTest::json)
            .distinct()
            .sorted()
            .collect(Collectors.joining(",\n"));
    return """
    {
      "reflection": [
    %s
      ],
      "foreign": {
        "downcalls": [
    %s
        ],
        "upcalls": [
    %s
        ]
      }
    }
    """
        .formatted(String.join(",\n", reflection()), downcalls, json(InterruptGuard.CALLBACK));
  }

  /** Returns an entry for each member; one that no longer exists fails here. */
  private static List<String> reflection() {
    List<String> entries = new ArrayList<>();
    try {
      String left = PacketRing.class.getDeclaredField("left").getName();
      entries.add(
          """
          {"type": "%s", "fields": [{"name": "%s"}]}\
          """
              .formatted(PacketRing.class.getName(), left));
      Class<?> queue = Class.forName(ACCEPT_QUEUE);
      List<String> fields = new ArrayList<>();
      for (String name : List.of("synReceived", "acceptQueue", "accepted", "dropped")) {
        fields.add("{\"name\": \"" + queue.getDeclaredField(name).getName() + "\"}");
      }
      entries.add(
          """
          {"type": "%s", "fields": [%s]}\
          """
              .formatted(queue.getName(), String.join(", ", fields)));
      String onInterrupt =
          InterruptGuard.class.getDeclaredMethod("onInterrupt", MemorySegment.class).getName();
      entries.add(
          """
          {"type": "%s", "methods": [{"name": "%s", "parameterTypes": ["%s"]}]}\
          """
              .formatted(
                  InterruptGuard.class.getName(), onInterrupt, MemorySegment.class.getName()));
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
    return entries.stream().map(entry -> "    " + entry.strip()).toList();
  }

  private static String json(CSignature signature) {
    String parameters =
        signature.type().argumentLayouts().stream()
            .map(layout -> '"' + cType(layout) + '"')
            .collect(Collectors.joining(", "));
    String result =
        signature.type().returnLayout().map(ReachabilityMetadataTest::cType).orElse("void");
    List<String> options = new ArrayList<>();
    if (signature.critical()) {
      options.add("\"critical\": {\"allowHeapAccess\": false}");
    }
    if (signature.firstVariadic() != CSignature.NOT_VARIADIC) {
      options.add("\"firstVariadicArg\": " + signature.firstVariadic());
    }
    return "      {\"returnType\": \"%s\", \"parameterTypes\": [%s]%s}"
        .formatted(
            result,
            parameters,
            options.isEmpty() ? "" : ", \"options\": {" + String.join(", ", options) + "}");
  }

  /** Returns native-image's name for a layout, the same on all platforms. */
  private static String cType(MemoryLayout layout) {
    return switch (layout) {
      case AddressLayout _ -> "void*";
      case ValueLayout.OfShort _ -> "jshort";
      case ValueLayout.OfInt _ -> "jint";
      case ValueLayout.OfLong _ -> "jlong";
      default -> throw new AssertionError("a layout that this test doesn't know: " + layout);
    };
  }
}
