package org.mosstack.grpc;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Random;
import org.mosstack.frameworks.grpc.proto.GreetReply;
import org.mosstack.frameworks.grpc.proto.GreetRequest;
import org.mosstack.frameworks.grpc.proto.GreeterGrpc;

/** A service with a method of each kind. */
class Greeter extends GreeterGrpc.GreeterImplBase {
  /** Returns bytes that are the same for the same number. */
  static ByteString payload(int bytes) {
    byte[] payload = new byte[bytes];
    new Random(bytes).nextBytes(payload);
    return ByteString.copyFrom(payload);
  }

  private static GreetReply reply(GreetRequest request, ByteString payload) {
    return GreetReply.newBuilder()
        .setGreeting("Hello, " + request.getName())
        .setPayload(payload)
        .build();
  }

  @Override
  public void greet(GreetRequest request, StreamObserver<GreetReply> replies) {
    replies.onNext(reply(request, payload(request.getPayloadBytes())));
    replies.onCompleted();
  }

  /** Answers with the sum of the names' lengths. */
  @Override
  public StreamObserver<GreetRequest> greetAll(StreamObserver<GreetReply> replies) {
    return new StreamObserver<>() {
      private long characters;

      @Override
      public void onNext(GreetRequest request) {
        characters += request.getName().length();
      }

      @Override
      public void onError(Throwable cancelled) {
        // Nobody is left to answer.
      }

      @Override
      public void onCompleted() {
        greet(GreetRequest.newBuilder().setName("" + characters).build(), replies);
      }
    };
  }

  /** Sends as fast as flow control allows. */
  @Override
  public void greetOften(GreetRequest request, StreamObserver<GreetReply> replies) {
    ServerCallStreamObserver<GreetReply> out = (ServerCallStreamObserver<GreetReply>) replies;
    ByteString payload = payload(request.getPayloadBytes());
    out.setOnReadyHandler(
        new Runnable() {
          private int sent;

          @Override
          public void run() {
            while (out.isReady() && sent < request.getTimes()) {
              out.onNext(reply(request, payload));
              if (++sent == request.getTimes()) {
                out.onCompleted();
              }
            }
          }
        });
  }

  @Override
  public StreamObserver<GreetRequest> greetEach(StreamObserver<GreetReply> replies) {
    return new StreamObserver<>() {
      @Override
      public void onNext(GreetRequest request) {
        replies.onNext(reply(request, ByteString.EMPTY));
      }

      @Override
      public void onError(Throwable cancelled) {
        // Nobody is left to answer.
      }

      @Override
      public void onCompleted() {
        replies.onCompleted();
      }
    };
  }
}
