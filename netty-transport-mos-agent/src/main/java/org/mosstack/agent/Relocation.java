package org.mosstack.agent;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Gives classes that use Netty the name that Netty has in an application: where it says {@code
 * io/netty/} or {@code io.netty.} in a class file's constant pool (JVMS 4.4), names, descriptors,
 * signatures and strings alike. The rest of a class file refers to those by number. Immutable.
 */
final class Relocation {
  private static final String ORIGINAL = "io.netty";
  private static final int MAGIC = 0xCAFEBABE;
  private static final int MAX_UTF8_BYTES = 0xFFFF;

  /** The two bytes each of the minor and the major version. */
  private static final int VERSION_BYTES = 4;

  // JVMS 4.4, table 4.4-A.
  private static final int UTF8 = 1;
  private static final int INTEGER = 3;
  private static final int FLOAT = 4;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;
  private static final int CLASS = 7;
  private static final int STRING = 8;
  private static final int FIELDREF = 9;
  private static final int METHODREF = 10;
  private static final int INTERFACE_METHODREF = 11;
  private static final int NAME_AND_TYPE = 12;
  private static final int METHOD_HANDLE = 15;
  private static final int METHOD_TYPE = 16;
  private static final int DYNAMIC = 17;
  private static final int INVOKE_DYNAMIC = 18;
  private static final int MODULE = 19;
  private static final int PACKAGE = 20;

  private final boolean none;
  private final byte[] slashes = ascii(ORIGINAL.replace('.', '/') + "/");
  private final byte[] dots = ascii(ORIGINAL + ".");
  private final byte[] newSlashes;
  private final byte[] newDots;

  /**
   * A relocation of Netty.
   *
   * @param netty what {@code io.netty} is to be called
   */
  Relocation(String netty) {
    none = netty.equals(ORIGINAL);
    newSlashes = netty.replace('.', '/').concat("/").getBytes(StandardCharsets.UTF_8);
    newDots = netty.concat(".").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Relocates what a class uses.
   *
   * @param classFile isn't changed
   * @return the class file with the other names
   * @throws IllegalArgumentException if it isn't a class file, or a name gets too long for one
   */
  byte[] apply(byte[] classFile) {
    if (none) {
      return classFile;
    }
    try {
      return relocated(ByteBuffer.wrap(classFile));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a class file that ends in its constant pool", e);
    }
  }

  private byte[] relocated(ByteBuffer in) {
    if (in.getInt() != MAGIC) {
      throw new IllegalArgumentException("not a class file");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.capacity() + in.capacity() / 4);
    copy(in, VERSION_BYTES);
    int count = Short.toUnsignedInt(in.getShort());
    out.write(in.array(), 0, in.position());
    for (int index = 1; index < count; index++) {
      int tag = Byte.toUnsignedInt(in.get());
      out.write(tag);
      if (tag == UTF8) {
        byte[] text = replaced(copy(in, Short.toUnsignedInt(in.getShort())));
        out.write(text.length >> Byte.SIZE);
        out.write(text.length);
        out.writeBytes(text);
      } else {
        out.writeBytes(copy(in, bytes(tag)));
      }
      if (tag == LONG || tag == DOUBLE) {
        index++; // they take two numbers (JVMS 4.4.5)
      }
    }
    out.write(in.array(), in.position(), in.remaining());
    return out.toByteArray();
  }

  private static byte[] copy(ByteBuffer in, int length) {
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  /** Bytes of a constant after its tag. */
  private static int bytes(int tag) {
    return switch (tag) {
      case CLASS, STRING, METHOD_TYPE, MODULE, PACKAGE -> 2;
      case METHOD_HANDLE -> 3;
      case INTEGER,
          FLOAT,
          FIELDREF,
          METHODREF,
          INTERFACE_METHODREF,
          NAME_AND_TYPE,
          DYNAMIC,
          INVOKE_DYNAMIC ->
          4;
      case LONG, DOUBLE -> 8;
      default -> throw new IllegalArgumentException("a constant with tag " + tag);
    };
  }

  private byte[] replaced(byte[] text) {
    byte[] result = replaced(replaced(text, slashes, newSlashes), dots, newDots);
    if (result.length > MAX_UTF8_BYTES) {
      throw new IllegalArgumentException("a constant of " + result.length + " bytes");
    }
    return result;
  }

  private static byte[] replaced(byte[] text, byte[] old, byte[] replacement) {
    int found = find(text, old, 0);
    if (found < 0) {
      return text;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length * 2);
    int from = 0;
    while (found >= 0) {
      out.write(text, from, found - from);
      out.writeBytes(replacement);
      from = found + old.length;
      found = find(text, old, from);
    }
    out.write(text, from, text.length - from);
    return out.toByteArray();
  }

  private static int find(byte[] text, byte[] what, int from) {
    for (int at = from; at <= text.length - what.length; at++) {
      if (Arrays.equals(text, at, at + what.length, what, 0, what.length)) {
        return at;
      }
    }
    return -1;
  }
}
