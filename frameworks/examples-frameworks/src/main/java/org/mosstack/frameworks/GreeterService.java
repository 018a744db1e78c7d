package org.mosstack.frameworks;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.StringJoiner;
import org.mosstack.frameworks.grpc.proto.GreetReply;
import org.mosstack.frameworks.grpc.proto.GreetRequest;
import org.mosstack.frameworks.grpc.proto.GreeterGrpc;

/** The greeter of the gRPC example, with one method of each kind. */
public final class GreeterService extends GreeterGrpc.GreeterImplBase {
  /** Creates a service, which has no state. */
  public GreeterService() {}

  private static GreetReply reply(GreetRequest request) {
    return GreetReply.newBuilder()
        .setGreeting("Hello, " + request.getName())
        .setPayload(ByteString.copyFrom(new byte[request.getPayloadBytes()]))
        .build();
  }

  @Override
  public void greet(GreetRequest request, StreamObserver<GreetReply> replies) {
    replies.onNext(reply(request));
    replies.onCompleted();
  }

  @Override
  public StreamObserver<GreetRequest> greetAll(StreamObserver<GreetReply> replies) {
    StringJoiner names = new StringJoiner(" and ");
    return new StreamObserver<>() {
      @Override
      public void onNext(GreetRequest request) {
        names.add(request.getName());
      }

      @Override
      public void onError(Throwable cancelled) {
        // Nobody is left to answer.
      }

      @Override
      public void onCompleted() {
        greet(GreetRequest.newBuilder().setName(names.toString()).build(), replies);
      }
    };
  }

  /** Sends as fast as flow control allows: large replies, as fast as the client requests them. */
  @Override
  public void greetOften(GreetRequest request, StreamObserver<GreetReply> replies) {
    ServerCallStreamObserver<GreetReply> out = (ServerCallStreamObserver<GreetReply>) replies;
    out.setOnReadyHandler(
        new Runnable() {
          private int sent;

          @Override
          public void run() {
            while (out.isReady() && sent < request.getTimes()) {
              out.onNext(reply(request));
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
        replies.onNext(reply(request));
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
