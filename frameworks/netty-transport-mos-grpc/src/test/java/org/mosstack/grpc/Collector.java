package org.mosstack.grpc;

import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.mosstack.frameworks.grpc.proto.GreetReply;

/** Collects a stream's replies. */
final class Collector implements StreamObserver<GreetReply> {
  private final CompletableFuture<List<GreetReply>> all = new CompletableFuture<>();
  private final List<GreetReply> replies = new ArrayList<>();

  @Override
  public void onNext(GreetReply reply) {
    replies.add(reply);
  }

  @Override
  public void onError(Throwable cause) {
    all.completeExceptionally(cause);
  }

  @Override
  public void onCompleted() {
    all.complete(replies);
  }

  /** Waits for the last one. */
  List<GreetReply> replies() throws Exception {
    return all.get(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  /** Waits for the last one, and returns what they say. */
  List<String> greetings() throws Exception {
    return replies().stream().map(GreetReply::getGreeting).toList();
  }
}
