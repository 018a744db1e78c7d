/**
 * gRPC over {@link org.mosstack.MosStack}: gRPC finds the providers by itself; see {@link
 * org.mosstack.grpc.MosGrpc}.
 */
package org.mosstack.grpc;
