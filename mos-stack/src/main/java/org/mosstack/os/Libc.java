package org.mosstack.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * The functions of the C library that the stack calls, under their own names. Where the stack keeps
 * an address as a number, a pointer is a {@code long}.
 */
public enum Libc {
  /** close(2). */
  CLOSE(CSignature.of(JAVA_INT, JAVA_INT)),

  /** eventfd(2). */
  EVENTFD(CSignature.of(JAVA_INT, JAVA_INT, JAVA_INT)),

  /** fopen(3). */
  FOPEN(CSignature.of(JAVA_LONG, ADDRESS, ADDRESS)),

  /** getpwnam(3). */
  GETPWNAM(CSignature.of(JAVA_LONG, ADDRESS)),

  /** initgroups(3). */
  INITGROUPS(CSignature.of(JAVA_INT, ADDRESS, JAVA_INT)),

  /** ioctl(2), with a pointer. */
  IOCTL(CSignature.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS).variadicFrom(2)),

  /** mmap(2). */
  MMAP(CSignature.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),

  /** munmap(2). */
  MUNMAP(CSignature.of(JAVA_INT, JAVA_LONG, JAVA_LONG)),

  /** poll(2). */
  POLL(CSignature.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)),

  /** read(2). */
  READ(CSignature.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG)),

  /** sched_getaffinity(2). */
  SCHED_GETAFFINITY(CSignature.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS)),

  /** sched_setaffinity(2). */
  SCHED_SETAFFINITY(CSignature.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS)),

  /** setresgid(2), for all threads as the C library does it. */
  SETRESGID(CSignature.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),

  /** setresuid(2), for all threads as the C library does it. */
  SETRESUID(CSignature.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),

  /** socket(2). */
  SOCKET(CSignature.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),

  /** write(2). */
  WRITE(CSignature.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

  private final CSignature signature;

  Libc(CSignature signature) {
    this.signature = signature;
  }

  /** The function's type. */
  public CSignature signature() {
    return signature;
  }

  /** The C name. */
  public String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A new handle of the function. */
  public MethodHandle link() {
    return signature.link(Linker.nativeLinker().defaultLookup().findOrThrow(symbol()));
  }
}
