package org.mosstack.agent;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Has Netty's {@code AbstractBootstrap}, and Reactor Netty's counterpart, pass each channel that
 * their factory makes to {@link Hook#channel}, before it is initialized and registered. A class
 * that looks different, or that couldn't call the hook, is left alone. Any thread.
 */
final class BootstrapTransformer implements ClassFileTransformer {
  private static final String NETTY = "io/netty";
  private static final String BOOTSTRAP = "/bootstrap/AbstractBootstrap";
  private static final String REACTOR = "reactor/netty/transport/TransportConnector";

  /** Of the bootstrap, and of Reactor Netty. */
  private static final Set<String> METHODS = Set.of("initAndRegister", "doInitAndRegister");

  private static final ClassDesc HOOK = Hook.class.describeConstable().orElseThrow();
  private static final MethodTypeDesc HOOK_TYPE =
      MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_Object, ConstantDescs.CD_Object);

  private final Instrumentation instrumentation;
  private final Optional<String> shaded;
  private final AgentLog log;

  /**
   * A transformer.
   *
   * @param shaded what {@code io.netty} is called, if that is known; names that end in {@code
   *     io.netty} are recognized in any case
   */
  BootstrapTransformer(Instrumentation instrumentation, Optional<String> shaded, AgentLog log) {
    this.instrumentation = instrumentation;
    this.shaded = shaded.map(name -> name.replace('.', '/') + BOOTSTRAP);
    this.log = log;
  }

  /** Whether a class is one that makes channels, by its internal name. */
  boolean makesChannels(String name) {
    return name != null
        && (isOrEndsWith(name, NETTY + BOOTSTRAP)
            || isOrEndsWith(name, REACTOR)
            || name.equals(shaded.orElse(null)));
  }

  private static boolean isOrEndsWith(String name, String end) {
    return name.endsWith(end)
        && (name.length() == end.length() || name.charAt(name.length() - end.length() - 1) == '/');
  }

  @Override
  public byte[] transform(
      Module module,
      ClassLoader loader,
      String name,
      Class<?> before,
      ProtectionDomain domain,
      byte[] classFile) {
    if (!makesChannels(name)) {
      return null;
    }
    try {
      if (!seesHook(loader)) {
        log.warn("left alone: " + name + ", its loader doesn't see the agent: " + loader);
        return null;
      }
      Optional<byte[]> transformed = transform(loader, classFile);
      if (transformed.isEmpty()) {
        log.warn("left alone: " + name + ", it makes no channel as Netty 4.2's does");
        return null;
      }
      letRead(module);
      return transformed.get();
    } catch (RuntimeException | LinkageError e) {
      log.warn("left alone: " + name + ", because of " + e);
      return null;
    }
  }

  private static boolean seesHook(ClassLoader loader) {
    try {
      return loader != null && loader.loadClass(Hook.class.getName()) == Hook.class;
    } catch (ClassNotFoundException _) {
      return false;
    }
  }

  private void letRead(Module module) {
    Module agent = Hook.class.getModule();
    if (module.isNamed() && !module.canRead(agent)) {
      instrumentation.redefineModule(module, Set.of(agent), Map.of(), Map.of(), Set.of(), Map.of());
    }
  }

  /**
   * Puts the call in.
   *
   * @param loader where the classes are that this one uses
   * @return empty if there isn't exactly one place for it
   */
  static Optional<byte[]> transform(ClassLoader loader, byte[] classFile) {
    ClassHierarchyResolver hierarchy =
        ClassHierarchyResolver.ofResourceParsing(loader)
            .orElse(ClassHierarchyResolver.defaultResolver());
    ClassFile format = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(hierarchy));
    ClassModel model = format.parse(classFile);
    long places =
        model.methods().stream()
            .filter(BootstrapTransformer::registersChannel)
            .flatMap(method -> method.code().stream())
            .flatMap(code -> code.elementStream().flatMap(BootstrapTransformer::newChannel))
            .count();
    if (places != 1) {
      return Optional.empty();
    }
    return Optional.of(
        format.transformClass(
            model,
            ClassTransform.transformingMethodBodies(
                BootstrapTransformer::registersChannel,
                (code, element) -> {
                  code.with(element);
                  newChannel(element)
                      .forEach(
                          call ->
                              code.aload(0)
                                  .invokestatic(HOOK, "channel", HOOK_TYPE)
                                  .checkcast(call.typeSymbol().returnType()));
                })));
  }

  private static boolean registersChannel(MethodModel method) {
    return METHODS.contains(method.methodName().stringValue());
  }

  /** The element, if it is the factory's call. */
  private static Stream<InvokeInstruction> newChannel(CodeElement element) {
    return element instanceof InvokeInstruction call
            && call.opcode() == Opcode.INVOKEINTERFACE
            && call.name().equalsString("newChannel")
            && call.owner().asInternalName().endsWith("ChannelFactory")
            && call.type().stringValue().startsWith("()L")
            && call.type().stringValue().endsWith("/channel/Channel;")
        ? Stream.of(call)
        : Stream.empty();
  }
}
