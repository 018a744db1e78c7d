package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/**
 * Tells whether the writer of a buffer is its sole owner, so that nobody else can change its bytes
 * after the write is done.
 */
final class BufferOwnership {
  private BufferOwnership() {}

  /**
   * Whether no other reference to the buffer exists, by its own reference count and those of the
   * buffers that it is part of. A composite buffer's components have to be checked separately.
   *
   * <p>Always false for two kinds: buffers that ignore their count, and those of the default
   * unpooled allocator, which include those that {@code Unpooled.wrappedBuffer} makes, whose {@code
   * ByteBuffer} may be in use elsewhere.
   */
  static boolean isSole(ByteBuf buffer) {
    ByteBuf part = buffer;
    while (part.refCnt() == 1) {
      ByteBuf whole = part.unwrap();
      if (whole == null) {
        return isOwnedMemory(part) && (part == buffer || isCounted(buffer, part));
      }
      part = whole;
    }
    return false;
  }

  /**
   * Whether a reference to the buffer keeps its memory alive, so that its owner can tell by the
   * count when it is no longer used. False for buffers that ignore their count, and for those of
   * the default unpooled allocator: see {@link #isSole}. A composite buffer's components have to be
   * checked separately.
   */
  static boolean isKept(ByteBuf buffer) {
    ByteBuf root = buffer;
    for (ByteBuf whole = root.unwrap(); whole != null; whole = root.unwrap()) {
      root = whole;
    }
    return isOwnedMemory(root) && isCounted(buffer, root);
  }

  private static boolean isOwnedMemory(ByteBuf root) {
    return root instanceof CompositeByteBuf || root.alloc() != UnpooledByteBufAllocator.DEFAULT;
  }

  /** Views that can't be released ignore {@code retain()}. */
  private static boolean isCounted(ByteBuf view, ByteBuf root) {
    if (view == root) {
      return true;
    }
    int before = view.refCnt();
    view.retain();
    boolean counted = view.refCnt() > before;
    view.release();
    return counted;
  }
}
