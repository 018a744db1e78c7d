/** Lettuce over {@link org.mosstack.MosStack}: {@link org.mosstack.lettuce.MosLettuce}. */
package org.mosstack.lettuce;
