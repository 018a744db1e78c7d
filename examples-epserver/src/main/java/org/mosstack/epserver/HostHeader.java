package org.mosstack.epserver;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Iterator;

/** The rules for the Host header (RFC 9112, 3.2). */
final class HostHeader {
  private static final String PUNCTUATION = "-._~!$&'()*+,;=:[]%";

  private HostHeader() {}

  /** Whether a request has the Host header it must have: one, with a host's characters only. */
  static boolean isValid(HttpRequest request) {
    Iterator<? extends CharSequence> hosts =
        request.headers().valueCharSequenceIterator(HttpHeaderNames.HOST);
    if (!hosts.hasNext()) {
      return request.protocolVersion() == HttpVersion.HTTP_1_0;
    }
    CharSequence host = hosts.next();
    for (int i = 0; i < host.length(); i++) {
      if (!isHostCharacter(host.charAt(i))) {
        return false;
      }
    }
    return !hosts.hasNext();
  }

  /** Whether a character may stand in {@code uri-host [":" port]} (RFC 3986, 3.2.2). */
  static boolean isHostCharacter(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || PUNCTUATION.indexOf(c) >= 0;
  }
}
