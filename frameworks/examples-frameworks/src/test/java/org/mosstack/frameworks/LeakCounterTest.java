package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

/** The other tests' check for leaks can fail. */
class LeakCounterTest {
  @Test
  void whatIsNotReleasedIsFoundWithoutTheCollector() {
    assertSame(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
    LeakCounter.assertNothingIsHeld();
    ByteBuf held = ByteBufAllocator.DEFAULT.buffer();
    AssertionError found =
        assertThrows(AssertionError.class, LeakCounter::assertNothingIsHeld, "a leak, not found");
    assertTrue(found.getMessage().startsWith("1 buffers"), found.getMessage());
    held.release();
    LeakCounter.assertNothingIsHeld();
  }
}
