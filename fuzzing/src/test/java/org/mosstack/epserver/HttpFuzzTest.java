package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.mosstack.config.ConfigCheck;
import org.mosstack.config.ConfigException;

/** What a client may send to epserver, and its configuration. */
class HttpFuzzTest {
  private static final ServerLimits LIMITS =
      new ServerLimits(
          256, 512, 512, Duration.ofSeconds(60), 1, Duration.ofSeconds(2), Duration.ofSeconds(1));

  /** A whole connection: arbitrary bytes, in pieces; every answer is HTTP, and nothing leaks. */
  @FuzzTest
  void connection(byte[] input) throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    Path file = Files.writeString(folder.resolve("a.txt"), "0123456789");
    try (FileStore files = FileStore.load(folder)) {
      EmbeddedChannel channel = new EmbeddedChannel(pipeline(files));
      channel.freezeTime();
      int pieces = input.length == 0 ? 1 : 1 + (input[0] & 3);
      int size = Math.max(1, input.length / pieces);
      for (int at = Math.min(1, input.length); at < input.length && channel.isOpen(); at += size) {
        byte[] piece = Arrays.copyOfRange(input, at, Math.min(input.length, at + size));
        channel.writeInbound(Unpooled.wrappedBuffer(piece));
      }
      boolean first = true;
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        String text = out.toString(StandardCharsets.ISO_8859_1);
        out.release();
        assertTrue(!first || text.startsWith("HTTP/1."), text);
        first = false;
      }
      assertFalse(channel.finishAndReleaseAll(), "something was left unread");
      channel.checkException();
      for (StoredFile stored : files.files()) {
        assertEquals(1, stored.refCnt(), "a slice of a file is still held");
      }
    } finally {
      Files.delete(file);
      Files.delete(folder);
    }
  }

  private static ChannelHandler pipeline(FileStore files) {
    return new ChannelInitializer<EmbeddedChannel>() {
      @Override
      protected void initChannel(EmbeddedChannel ch) {
        LoopState state = new LoopState(ch.eventLoop(), files, LIMITS, () -> Instant.EPOCH);
        HttpDecoderConfig limits =
            new HttpDecoderConfig()
                .setMaxInitialLineLength(LIMITS.maxRequestLine())
                .setMaxHeaderSize(LIMITS.maxHeaders());
        ch.pipeline().addLast(new HttpServerCodec(limits), new StaticFileHandler(state));
      }
    };
  }

  /** A path never leads out of the folder, nor can be mistaken for one that does. */
  @FuzzTest
  void target(byte[] input) {
    RequestTarget target = RequestTarget.parse(new String(input, StandardCharsets.ISO_8859_1));
    assertEquals(target.error() == null, target.path() != null);
    if (target.path() != null) {
      assertTrue(target.path().startsWith("/"), target.path());
      List<String> segments = List.of(target.path().split("/", -1));
      assertFalse(segments.contains("..") || segments.contains("."), target.path());
      assertTrue(target.path().chars().noneMatch(c -> c == 0 || c == '\\'), target.path());
    }
  }

  /** A range lies within the file. */
  @FuzzTest
  void range(byte[] input) {
    int size = input.length == 0 ? 0 : input[0] & 0xFF;
    ByteRange range = ByteRange.parse(new String(input, StandardCharsets.ISO_8859_1), size);
    range = range == null ? ByteRange.parse("bytes=" + tail(input), size) : range;
    if (range != null && range != ByteRange.UNSATISFIABLE) {
      assertTrue(range.length() >= 1 && range.first() >= 0, range.toString());
      assertTrue(range.last() < size, range + " of " + size);
    }
  }

  private static String tail(byte[] input) {
    return new String(
        input,
        Math.min(1, input.length),
        Math.max(0, input.length - 1),
        StandardCharsets.ISO_8859_1);
  }

  @FuzzTest
  void configuration(byte[] input) throws IOException {
    Path file = Files.createTempFile("fuzz", ".conf");
    try {
      Files.write(file, input);
      EpserverConfig config = EpserverConfig.load(file);
      assertTrue(Files.isDirectory(config.wwwMain()) && config.coreLimit() >= 0);
    } catch (ConfigException e) {
      ConfigCheck.check(e, file.toString(), new String(input, StandardCharsets.ISO_8859_1));
    } finally {
      Files.delete(file);
    }
  }
}
