package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Replaces Netty's {@code SocketSslLargeCertificateTest}, which is fixed to NIO channels and loops:
 * TLS 1.3 with BoringSSL and client certificates of all sizes around the largest handshake message.
 */
class MosSocketSslLargeCertificateTest {
  private static final int MAX_HANDSHAKE_MESSAGE = 16_384;
  private static final int MARGIN = 768;
  private static final String EXTENSION = "1.2.840.113635.100.6.2.1";
  private static final String GREETING = "hello";

  private static CertificateBuilder builder;
  private static X509Bundle root;
  private static X509Bundle serverCertificate;

  @BeforeAll
  static void makeCertificates() throws Exception {
    builder =
        new CertificateBuilder()
            .ecp256()
            .setKeyUsage(true, KeyUsage.digitalSignature, KeyUsage.keyCertSign);
    root = builder.copy().subject("cn=root").setIsCertificateAuthority(true).buildSelfSigned();
    serverCertificate =
        builder.copy().subject("cn=localhost").addExtendedKeyUsageServerAuth().buildIssuedBy(root);
  }

  static IntStream extensionSizes() {
    return IntStream.rangeClosed(MAX_HANDSHAKE_MESSAGE - MARGIN, MAX_HANDSHAKE_MESSAGE);
  }

  @ParameterizedTest
  @MethodSource("extensionSizes")
  void clientCertificateOfSize(int size) throws Exception {
    SslContext serverTls =
        SslContextBuilder.forServer(serverCertificate.toKeyManagerFactory())
            .sslProvider(SslProvider.OPENSSL)
            .trustManager(root.toTrustManagerFactory())
            .protocols("TLSv1.3")
            .clientAuth(ClientAuth.REQUIRE)
            .option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, 2 * MAX_HANDSHAKE_MESSAGE)
            .build();
    SslContext clientTls =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL)
            .keyManager(clientCertificate(size).toKeyManagerFactory())
            .trustManager(root.toTrustManagerFactory())
            .protocols("TLSv1.3")
            .option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, 2 * MAX_HANDSHAKE_MESSAGE)
            .endpointIdentificationAlgorithm(null)
            .build();
    var bootstraps = SuiteBootstraps.sockets().getFirst();
    Channel listening =
        bootstraps
            .newServerInstance()
            .childHandler(tls(serverTls, Echo::new))
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    Promise<String> answer = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel client =
        bootstraps
            .newClientInstance()
            .handler(tls(clientTls, () -> new Answer(answer)))
            .connect(listening.localAddress())
            .sync()
            .channel();
    client.writeAndFlush(
        client.alloc().buffer().writeBytes(GREETING.getBytes(StandardCharsets.US_ASCII)));
    assertEquals(GREETING, answer.sync().getNow());
    client.close().sync();
    listening.close().sync();
  }

  private static X509Bundle clientCertificate(int size) throws Exception {
    byte[] content = new byte[size];
    new SplittableRandom(size).nextBytes(content);
    return builder
        .copy()
        .subject("cn=client")
        .addExtendedKeyUsageClientAuth()
        .addExtensionOctetString(EXTENSION, false, content)
        .buildIssuedBy(root);
  }

  private static ChannelInitializer<Channel> tls(
      SslContext context, Supplier<ChannelHandler> application) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(context.newHandler(channel.alloc()), application.get());
      }
    };
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }

  /** Collects the answer, or the failure. */
  private static final class Answer extends SimpleChannelInboundHandler<ByteBuf> {
    private final Promise<String> answer;
    private final StringBuilder text = new StringBuilder();

    Answer(Promise<String> answer) {
      this.answer = answer;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      text.append(message.toString(StandardCharsets.US_ASCII));
      if (text.length() == GREETING.length()) {
        answer.trySuccess(text.toString());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      answer.tryFailure(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      answer.tryFailure(new ClosedChannelException());
    }
  }
}
