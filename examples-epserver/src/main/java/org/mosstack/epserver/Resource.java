package org.mosstack.epserver;

import io.netty.util.AsciiString;

/** What a path names: a file, or a folder asked for without its closing slash. */
sealed interface Resource permits StoredFile, Resource.FolderRedirect {

  /**
   * Sends the client to the folder's own address, so that relative links in its index resolve.
   *
   * @param location the folder's path, percent-encoded, with the closing slash
   */
  record FolderRedirect(AsciiString location) implements Resource {}
}
