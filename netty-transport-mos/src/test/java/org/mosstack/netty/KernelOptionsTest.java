package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What of a channel's options is passed on to the kernel's socket. */
class KernelOptionsTest {
  private static final class Kernel extends DefaultChannelConfig {
    private final Map<ChannelOption<?>, Object> set = new HashMap<>();

    Kernel(Channel channel) {
      super(channel);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
      if (option != ChannelOption.RECVBUF_ALLOCATOR) { // each channel has one of its own
        set.put(option, value);
      }
      return super.setOption(option, value);
    }
  }

  private final ChannelConfig channel = new MosSocketChannel().config();
  private final EmbeddedChannel embedded = new EmbeddedChannel();
  private final Kernel kernel = new Kernel(embedded);
  private final KernelOptions options = new KernelOptions(channel, kernel);

  @Test
  void nothingThatNobodySet() {
    options.passOn();
    assertEquals(Map.of(), kernel.set);
  }

  /** Each option comes by itself, in any order: so none may depend on another one. */
  @Test
  void waterMarksAreOne() {
    WriteBufferWaterMark low = new WriteBufferWaterMark(1, 2);
    channel.setWriteBufferWaterMark(low);
    options.passOn();
    assertEquals(Map.of(ChannelOption.WRITE_BUFFER_WATER_MARK, low), kernel.set);
    assertEquals(2, kernel.getWriteBufferHighWaterMark());
    channel.setWriteBufferHighWaterMark(100_000);
    channel.setWriteBufferLowWaterMark(90_000);
    options.passOn();
    assertEquals(90_000, kernel.getWriteBufferLowWaterMark());
  }
}
