package org.mosstack.config;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The {@code application} block.
 *
 * @param type always {@code end}: an application at the end of its connections
 * @param name the application's name, the first word of {@code run}
 * @param arguments the further words of {@code run}
 * @param coreMask the cores it runs on ({@code core_mask} or {@code cpu_mask}); if empty, those
 *     that devices name
 * @param ipForward {@code ip_forward}; without effect for an end application
 */
public record Application(
    String type,
    String name,
    List<String> arguments,
    Optional<CoreMask> coreMask,
    boolean ipForward) {
  /** Checks that none is null, and copies the list. */
  public Application {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(name, "name");
    arguments = List.copyOf(arguments);
    Objects.requireNonNull(coreMask, "coreMask");
  }
}
