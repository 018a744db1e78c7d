package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where the hook gets into Netty's bootstrap. */
class BootstrapTransformerTest {
  private static final ClassLoader LOADER = BootstrapTransformerTest.class.getClassLoader();

  private static byte[] classFile(Class<?> type) throws IOException {
    try (InputStream file =
        LOADER.getResourceAsStream(type.getName().replace('.', '/') + ".class")) {
      return file.readAllBytes();
    }
  }

  private static BootstrapTransformer transformer(String shaded) {
    return new BootstrapTransformer(null, Optional.ofNullable(shaded), AgentLines.log());
  }

  private static List<String> calls(byte[] classFile) {
    return ClassFile.of().parse(classFile).methods().stream()
        .filter(method -> method.methodName().equalsString("initAndRegister"))
        .flatMap(method -> method.code().orElseThrow().elementStream())
        .filter(InvokeInstruction.class::isInstance)
        .map(call -> ((InvokeInstruction) call).name().stringValue())
        .toList();
  }

  @Test
  void theHookIsCalledAfterTheFactory() throws IOException {
    byte[] original = classFile(AbstractBootstrap.class);
    byte[] transformed = BootstrapTransformer.transform(LOADER, original).orElseThrow();
    List<String> before = calls(original);
    List<String> after = calls(transformed);
    int at = before.indexOf("newChannel");
    assertEquals(before.subList(0, at + 1), after.subList(0, at + 1));
    assertEquals("channel", after.get(at + 1));
    assertEquals(before.subList(at + 1, before.size()), after.subList(at + 2, after.size()));
    assertEquals(List.of(), ClassFile.of().verify(transformed));
  }

  @Test
  void anotherNettysBootstrapToo() throws IOException {
    byte[] relocated = new Relocation("com.acme.netty").apply(classFile(AbstractBootstrap.class));
    RelocatingLoader loader = new RelocatingLoader(LOADER, "com.acme.netty");
    assertTrue(BootstrapTransformer.transform(loader, relocated).isPresent());
  }

  @Test
  void aClassWithoutThatCallIsLeftAlone() throws IOException {
    assertTrue(BootstrapTransformer.transform(LOADER, classFile(NetUtil.class)).isEmpty());
    byte[] twice =
        BootstrapTransformer.transform(LOADER, classFile(AbstractBootstrap.class)).orElseThrow();
    assertTrue(
        BootstrapTransformer.transform(LOADER, twice).isPresent(), "one call of the factory");
  }

  @Test
  void aLoaderThatDoesNotSeeTheHookIsLeftAlone() throws IOException {
    byte[] original = classFile(AbstractBootstrap.class);
    String name = "io/netty/bootstrap/AbstractBootstrap";
    Module module = getClass().getModule();
    BootstrapTransformer transformer = transformer(null);
    assertNull(transformer.transform(module, null, name, null, null, original));
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    assertNull(transformer.transform(module, platform, name, null, null, original));
    assertTrue(transformer.transform(module, LOADER, name, null, null, original) != null);
  }

  @Test
  void brokenClassFilesAreLeftAlone() {
    String name = "io/netty/bootstrap/AbstractBootstrap";
    assertNull(
        transformer(null)
            .transform(getClass().getModule(), LOADER, name, null, null, new byte[100]));
  }

  @Test
  void names() {
    BootstrapTransformer transformer = transformer("com.acme.netty");
    assertTrue(transformer.makesChannels("io/netty/bootstrap/AbstractBootstrap"));
    assertTrue(transformer.makesChannels("com/acme/io/netty/bootstrap/AbstractBootstrap"));
    assertTrue(transformer.makesChannels("com/acme/netty/bootstrap/AbstractBootstrap"));
    assertTrue(transformer.makesChannels("reactor/netty/transport/TransportConnector"));
    assertTrue(transformer.makesChannels("com/acme/reactor/netty/transport/TransportConnector"));
    assertFalse(transformer.makesChannels("Xreactor/netty/transport/TransportConnector"));
    assertFalse(transformer.makesChannels("org/acme/netty/bootstrap/AbstractBootstrap"));
    assertFalse(transformer.makesChannels("io/netty/bootstrap/ServerBootstrap"));
    assertFalse(transformer.makesChannels("Xio/netty/bootstrap/AbstractBootstrap"));
    assertFalse(transformer.makesChannels(null));
    assertFalse(transformer(null).makesChannels("com/acme/netty/bootstrap/AbstractBootstrap"));
  }
}
