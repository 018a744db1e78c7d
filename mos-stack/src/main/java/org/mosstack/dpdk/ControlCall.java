package org.mosstack.dpdk;

import java.lang.invoke.MethodHandle;
import org.mosstack.os.Libc;

/**
 * A C function that is called occasionally and may block: an ordinary downcall, never a critical
 * one. Arguments must have the C parameter's width: Integer, Short, Long or MemorySegment.
 */
record ControlCall(String name, MethodHandle handle) {
  /** A function of the C library. */
  static ControlCall of(Libc function) {
    return new ControlCall(function.symbol(), function.link());
  }

  /** Calls a function that returns an int. */
  int call(Object... arguments) {
    return (int) invoke(arguments);
  }

  /** Calls a function that returns a pointer. */
  long callForAddress(Object... arguments) {
    return (long) invoke(arguments);
  }

  /** Calls a function that returns nothing. */
  void run(Object... arguments) {
    invoke(arguments);
  }

  private Object invoke(Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable t) {
      throw new AssertionError(name + " downcall", t);
    }
  }
}
