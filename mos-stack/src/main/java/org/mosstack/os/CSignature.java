package org.mosstack.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The type of a C function, and how it is called. Every call from Java to C and back is linked
 * here, and every signature is a constant that a test can list: a native image must know all of
 * them at build time (META-INF/native-image).
 *
 * @param type result and arguments
 * @param critical whether the function is short and never blocks, so that a call may delay a
 *     safepoint
 * @param firstVariadic index of the first variadic argument, or {@link #NOT_VARIADIC}
 */
public record CSignature(FunctionDescriptor type, boolean critical, int firstVariadic) {
  /** The function has no variadic arguments. */
  public static final int NOT_VARIADIC = -1;

  /** A function that returns something. */
  public static CSignature of(MemoryLayout result, MemoryLayout... arguments) {
    return new CSignature(FunctionDescriptor.of(result, arguments), false, NOT_VARIADIC);
  }

  /** A function that returns nothing. */
  public static CSignature ofVoid(MemoryLayout... arguments) {
    return new CSignature(FunctionDescriptor.ofVoid(arguments), false, NOT_VARIADIC);
  }

  /** Returns the same signature for a function that is short and never blocks. */
  public CSignature asCritical() {
    return new CSignature(type, true, firstVariadic);
  }

  /** Returns the same signature, with arguments that are variadic from an index on. */
  public CSignature variadicFrom(int argument) {
    return new CSignature(type, critical, argument);
  }

  private Linker.Option[] options() {
    if (critical) {
      return new Linker.Option[] {Linker.Option.critical(false)};
    }
    return firstVariadic == NOT_VARIADIC
        ? new Linker.Option[0]
        : new Linker.Option[] {Linker.Option.firstVariadicArg(firstVariadic)};
  }

  /** Returns a handle that calls the function at an address. */
  @SuppressWarnings("restricted") // Linking is what this class is for.
  public MethodHandle link(MemorySegment function) {
    return Linker.nativeLinker().downcallHandle(function, type, options());
  }

  /** Returns a handle whose first argument is the address of the function to call. */
  @SuppressWarnings("restricted")
  public MethodHandle link() {
    return Linker.nativeLinker().downcallHandle(type, options());
  }

  /**
   * Returns a C function that calls the Java method, which must not throw, until the arena is
   * closed.
   */
  @SuppressWarnings("restricted")
  public MemorySegment upcallStub(MethodHandle target, Arena arena) {
    return Linker.nativeLinker().upcallStub(target, type, arena);
  }
}
