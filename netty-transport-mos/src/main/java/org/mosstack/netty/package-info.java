/**
 * Netty channels over {@link org.mosstack.MosStack}.
 *
 * <p>A program swaps {@link org.mosstack.netty.MosEventLoopGroup}, {@link
 * org.mosstack.netty.MosServerSocketChannel} and {@link org.mosstack.netty.MosSocketChannel} for
 * those of another transport and keeps its pipelines. Each event loop owns one core of the stack:
 * only its thread ever touches the core's connections, so that a channel of this transport stays on
 * one loop for life, the one that its packets arrive at.
 */
package org.mosstack.netty;
