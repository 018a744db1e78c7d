package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The AWS SDK's S3 client, which checks the type of its loops. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AwsS3IT {
  private static final String BUCKET = "bucket";
  private static final int OBJECTS = 1000;
  private static final int AT_A_TIME = 40;
  private static final int LARGE = 10 << 20;

  private static S3AsyncClient client(ObjectServer server) {
    return S3AsyncClient.builder()
        .endpointOverride(URI.create(server.url()))
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
        .forcePathStyle(true)
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(AT_A_TIME))
        .build();
  }

  private static CompletableFuture<?> put(S3AsyncClient s3, String key, byte[] bytes) {
    return s3.putObject(r -> r.bucket(BUCKET).key(key), AsyncRequestBody.fromBytes(bytes));
  }

  private static CompletableFuture<byte[]> get(S3AsyncClient s3, String key) {
    return s3.getObject(r -> r.bucket(BUCKET).key(key), AsyncResponseTransformer.toBytes())
        .thenApply(bytes -> bytes.asByteArray());
  }

  @Test
  void objectsSmallAndLarge() throws Exception {
    Random random = new Random(1);
    byte[] small = new byte[1000];
    byte[] large = new byte[LARGE];
    random.nextBytes(small);
    random.nextBytes(large);
    try (ObjectServer server = new ObjectServer(false);
        S3AsyncClient s3 = client(server)) {
      for (int i = 0; i < OBJECTS; i += AT_A_TIME) {
        List<CompletableFuture<byte[]>> objects = new ArrayList<>();
        for (int k = 0; k < AT_A_TIME; k++) {
          String key = "small/" + (i + k);
          objects.add(put(s3, key, small).thenCompose(_ -> get(s3, key)));
        }
        for (CompletableFuture<byte[]> object : objects) {
          assertArrayEquals(small, Waiting.get(object));
        }
      }
      Waiting.get(put(s3, "large", large));
      assertArrayEquals(large, Waiting.get(get(s3, "large")));
      assertEquals(
          LARGE, Waiting.get(s3.headObject(r -> r.bucket(BUCKET).key("large"))).contentLength());
      Waiting.get(s3.deleteObject(r -> r.bucket(BUCKET).key("large")));
      ExecutionException none =
          assertThrows(ExecutionException.class, () -> Waiting.get(get(s3, "large")));
      assertEquals(404, assertInstanceOf(S3Exception.class, none.getCause()).statusCode());
    }
  }
}
