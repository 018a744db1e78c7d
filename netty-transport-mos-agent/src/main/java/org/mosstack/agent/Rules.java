package org.mosstack.agent;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.mosstack.config.ConfigException;
import org.mosstack.socket.Endpoint;

/**
 * What the agent's argument says: which connections and listeners are the stack's. Immutable.
 *
 * <p>The argument is a list, separated by commas, of
 *
 * <ul>
 *   <li>rules: an IPv4 address ({@code 10.0.0.1}) or a network ({@code 10.0.0.0/8}), with or
 *       without a port ({@code :6379}) or ports ({@code :8000-8100}), or ports alone. What matches
 *       is the stack's; if the rule begins with {@code !}, the kernel's
 *   <li>{@code dryrun}: everything stays with the kernel, and the log says what would not
 *   <li>{@code shaded=PACKAGE}: what {@code io.netty} is called in this application, if its end
 *       isn't {@code io.netty}, which is recognized
 * </ul>
 *
 * <p>Of the rules, the last one that matches decides; what none matches is the kernel's. Where
 * there are none, the stack has everything that it reaches, and listens wherever it has an address.
 *
 * <p>A rule about connections is about the peer's address. What a rule gives to the stack fails
 * there if the stack has no way to it; only a loopback port where nobody in this process listens
 * remains the kernel's. A rule about listeners is about the address that is bound, one of the
 * stack's own. A bind to all addresses matches a rule if the port does, except a rule that begins
 * with {@code !} and has an address. IPv6 addresses are the kernel's, but for a bind to all.
 */
final class Rules {
  private static final String ALLOWED =
      "[!]ADDRESS[/PREFIX][:PORT[-PORT]], [!]:PORT[-PORT], dryrun, shaded=PACKAGE";

  private static final String DRY_RUN = "dryrun";
  private static final String SHADED = "shaded=";
  private static final Pattern PACKAGE =
      Pattern.compile(
          "\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*"
              + "(\\.\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*)*");

  private final List<Rule> rules;
  private final boolean dryRun;
  private final Optional<String> shaded;

  private Rules(List<Rule> rules, boolean dryRun, Optional<String> shaded) {
    this.rules = List.copyOf(rules);
    this.dryRun = dryRun;
    this.shaded = shaded;
  }

  /**
   * Reads the agent's argument.
   *
   * @param text the argument; null and nothing are the same
   * @throws ConfigException if something in it isn't allowed
   */
  static Rules parse(String text) {
    List<Rule> rules = new ArrayList<>();
    boolean dryRun = false;
    Optional<String> shaded = Optional.empty();
    if (text != null && !text.isBlank()) {
      for (String part : text.split(",", -1)) {
        String word = part.strip();
        if (word.equals(DRY_RUN)) {
          dryRun = true;
        } else if (word.startsWith(SHADED)) {
          shaded = Optional.of(packageName(word));
        } else {
          rules.add(rule(word));
        }
      }
    }
    return new Rules(rules, dryRun, shaded);
  }

  private static Rule rule(String word) {
    try {
      return Rule.parse(word);
    } catch (IllegalArgumentException _) {
      throw notAllowed(word);
    }
  }

  private static String packageName(String word) {
    String name = word.substring(SHADED.length());
    if (!PACKAGE.matcher(name).matches()) {
      throw notAllowed(word);
    }
    return name;
  }

  private static ConfigException notAllowed(String word) {
    String printable = word.replaceAll("\\p{Cntrl}", "?");
    return new ConfigException("read \"" + printable + "\", allowed: " + ALLOWED);
  }

  /** Whether nothing is to move. */
  boolean isDryRun() {
    return dryRun;
  }

  /** What {@code io.netty} is called, if it was said. */
  Optional<String> shaded() {
    return shaded;
  }

  /**
   * Who has a connection.
   *
   * @param remote the peer
   * @param reaches whether the stack has a way to a peer
   */
  Verdict connect(InetSocketAddress remote, Predicate<Endpoint> reaches) {
    InetAddress address = remote.getAddress();
    if (!(address instanceof Inet4Address)) {
      return notIpv4(address);
    }
    if (rules.isEmpty()) {
      return reaches.test(Endpoint.of(remote))
          ? Verdict.stack("the stack reaches it")
          : Verdict.kernel("the stack has no way there");
    }
    Verdict verdict = last(rule -> rule.matches(address, remote.getPort()));
    boolean own = address.isLoopbackAddress() || address.isAnyLocalAddress();
    if (verdict.onStack() && own && !reaches.test(Endpoint.of(remote))) {
      return Verdict.kernel("nobody in this process listens there");
    }
    return verdict;
  }

  /**
   * Who has a listener.
   *
   * @param local the address that it is bound to
   * @param isLocal whether an address is one of the stack's own
   */
  Verdict bind(InetSocketAddress local, Predicate<InetAddress> isLocal) {
    InetAddress address = local.getAddress();
    boolean wildcard = address != null && address.isAnyLocalAddress(); // of either family
    if (!wildcard && !(address instanceof Inet4Address)) {
      return notIpv4(address);
    }
    if (!wildcard && !isLocal.test(address)) {
      return Verdict.kernel("the stack hasn't that address");
    }
    if (rules.isEmpty()) {
      return Verdict.stack("the stack has that address");
    }
    int port = local.getPort();
    return last(rule -> wildcard ? rule.matchesWildcard(port) : rule.matches(address, port));
  }

  private static Verdict notIpv4(InetAddress address) {
    return Verdict.kernel(address == null ? "it has no address yet" : "the stack speaks IPv4");
  }

  private Verdict last(Predicate<Rule> matches) {
    for (Rule rule : rules.reversed()) {
      if (matches.test(rule)) {
        return new Verdict(!rule.isNegated(), "rule " + rule.text());
      }
    }
    return Verdict.kernel("no rule");
  }

  /** As it is logged: the rules, in their order, and the flags. */
  @Override
  public String toString() {
    String text =
        rules.isEmpty()
            ? "no rules, all that the stack reaches"
            : rules.stream().map(Rule::text).collect(Collectors.joining(",", "rules ", ""));
    return text
        + shaded.map(name -> ", io.netty is also " + name).orElse("")
        + (dryRun ? ", dryrun: nothing moves" : "");
  }
}
