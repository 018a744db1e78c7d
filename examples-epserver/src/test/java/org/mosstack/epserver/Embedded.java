package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** The server's pipeline without a network, at a fixed time of day. */
final class Embedded implements AutoCloseable {
  /** The time of day until a test changes it. */
  static final Instant START = Instant.parse("2031-05-06T07:08:09Z");

  static final ServerLimits LIMITS =
      new ServerLimits(
          1024,
          2048,
          4096,
          Duration.ofSeconds(60),
          6000,
          Duration.ofSeconds(2),
          Duration.ofSeconds(1));

  private Instant now = START;
  private boolean stalled;
  private LoopState state;
  private final EmbeddedChannel channel;

  Embedded(FileStore files) {
    InstantSource clock = () -> now;
    channel =
        new EmbeddedChannel(
            new ChannelInitializer<EmbeddedChannel>() {
              @Override
              protected void initChannel(EmbeddedChannel ch) {
                state = new LoopState(ch.eventLoop(), files, LIMITS, clock);
                ch.pipeline()
                    .addLast(
                        new HttpServerCodec(
                            new HttpDecoderConfig()
                                .setMaxInitialLineLength(LIMITS.maxRequestLine())
                                .setMaxHeaderSize(LIMITS.maxHeaders())),
                        new StaticFileHandler(state));
              }
            }) {
          @Override
          protected void doWrite(ChannelOutboundBuffer output) throws Exception {
            if (!stalled) {
              super.doWrite(output);
            }
          }
        };
    channel.freezeTime();
  }

  EmbeddedChannel channel() {
    return channel;
  }

  /** From now on, the client takes nothing by itself. */
  void stall() {
    stalled = true;
  }

  /** Makes a stalled client take this many bytes. */
  void take(int bytes) {
    channel.unsafe().outboundBuffer().removeBytes(bytes);
  }

  LoopState state() {
    return state;
  }

  void setTime(Instant time) {
    now = time;
  }

  /** Sends bytes as a single read; characters are bytes. */
  void send(String bytes) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
  }

  /** Returns everything flushed since the last call; characters are bytes. */
  String received() {
    StringBuilder all = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      all.append(part.toString(StandardCharsets.ISO_8859_1));
      part.release();
    }
    return all.toString();
  }

  /** Sends a request and returns its only response. */
  Response exchange(String request) {
    send(request);
    List<Response> responses = Response.parse(received(), request.startsWith("HEAD "));
    assertEquals(1, responses.size(), () -> request + " -> " + responses);
    return responses.getFirst();
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() {
    assertFalse(channel.finishAndReleaseAll(), "something was left unread");
    channel.checkException();
  }
}
