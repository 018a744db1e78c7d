package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/**
 * Tells whether a buffer that was written is its writer's alone, so that nobody can change its
 * bytes after the write is done.
 */
final class BufferOwnership {
  private BufferOwnership() {}

  /**
   * Whether no other reference to the buffer exists: its own count tells, and those of the buffers
   * that it is a part of. A composite buffer's components have to be asked for themselves.
   *
   * <p>Two kinds are never taken to be: buffers that ignore their count, and what the default
   * unpooled allocator gave, for what {@code Unpooled.wrappedBuffer} makes is one of its, and the
   * {@code ByteBuffer} in it may be used elsewhere.
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
   * Whether a reference to the buffer keeps its memory, so that its owner can tell by the count
   * when it is used no more. Not so for buffers that ignore their count, and what the default
   * unpooled allocator gave: see {@link #isSole}. A composite buffer's components have to be asked
   * for themselves.
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

  /** Views that can't be released ignore a retain. */
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
