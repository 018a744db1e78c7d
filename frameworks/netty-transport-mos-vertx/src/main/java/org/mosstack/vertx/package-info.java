/** Vert.x over {@link org.mosstack.MosStack}: {@link org.mosstack.vertx.MosTransport}. */
package org.mosstack.vertx;
