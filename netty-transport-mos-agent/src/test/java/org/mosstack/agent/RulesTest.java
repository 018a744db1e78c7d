package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.config.ConfigException;
import org.mosstack.socket.Endpoint;

/** The agent's argument, and what it decides. */
class RulesTest {
  private static final Predicate<Endpoint> REACHED = _ -> true;
  private static final Predicate<Endpoint> UNREACHED = _ -> false;

  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  private static boolean connects(String rules, String literal, int port) {
    return Rules.parse(rules).connect(address(literal, port), REACHED).onStack();
  }

  private static boolean binds(String rules, String literal, int port) {
    return Rules.parse(rules).bind(address(literal, port), _ -> true).onStack();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.0.0",
        "10.0.0.0/33",
        "10.0.0.0/",
        "/8",
        "/8:80",
        "!",
        ":",
        ":0",
        ":65536",
        ":99999",
        ":80-",
        ":-80",
        ":90-80",
        "10.0.0.1:",
        "!!:80",
        "::1",
        "10.0.0.1,",
        ",",
        ":80,,:81",
        "localhost",
        "dry",
        "DRYRUN",
        "shaded=",
        "shaded=com..netty",
        "shaded=com/acme",
        "shaded"
      })
  void refuses(String text) {
    ConfigException refusal = assertThrows(ConfigException.class, () -> Rules.parse(text));
    assertTrue(refusal.getMessage().startsWith("read \""), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("allowed: [!]ADDRESS"), refusal.getMessage());
  }

  @Test
  void refusalNamesThePartInOneLine() {
    ConfigException refusal =
        assertThrows(ConfigException.class, () -> Rules.parse(":80,a\nb,dryrun"));
    assertEquals(
        "read \"a?b\", allowed: [!]ADDRESS[/PREFIX][:PORT[-PORT]], [!]:PORT[-PORT], dryrun,"
            + " shaded=PACKAGE",
        refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "10.0.0.1 10.0.0.1 80 true",
        "10.0.0.1 10.0.0.2 80 false",
        "10.0.0.0/8 10.255.0.1 80 true",
        "10.0.0.0/8 11.0.0.1 80 false",
        "10.1.2.3/8 10.255.0.1 80 true",
        "0.0.0.0/0 192.0.2.1 80 true",
        "10.0.0.1:80 10.0.0.1 80 true",
        "10.0.0.1:80 10.0.0.1 81 false",
        "10.0.0.0/8:80-90 10.0.0.1 80 true",
        "10.0.0.0/8:80-90 10.0.0.1 90 true",
        "10.0.0.0/8:80-90 10.0.0.1 91 false",
        "10.0.0.0/8:80-90 10.0.0.1 79 false",
        ":80 192.0.2.1 80 true",
        ":80 192.0.2.1 81 false",
        ":65535 192.0.2.1 65535 true",
        "!:80 192.0.2.1 81 false",
        "10.0.0.0/8,!10.0.0.1 10.0.0.1 80 false",
        "10.0.0.0/8,!10.0.0.1 10.0.0.2 80 true",
        "!10.0.0.1,10.0.0.0/8 10.0.0.1 80 true",
        "10.0.0.0/8,!:22,10.0.0.9:22 10.0.0.9 22 true",
        "10.0.0.0/8,!:22,10.0.0.9:22 10.0.0.8 22 false",
        ":80 2001:db8::1 80 false"
      })
  void theLastRuleThatMatchesDecides(String rules, String peer, int port, boolean onStack) {
    assertEquals(onStack, connects(rules, peer, port));
  }

  @Test
  void withoutRulesTheStackHasWhatItReaches() {
    for (String none : new String[] {null, "", " ", "dryrun", "shaded=com.acme.netty"}) {
      Rules rules = Rules.parse(none);
      assertTrue(rules.connect(address("192.0.2.1", 80), REACHED).onStack());
      assertFalse(rules.connect(address("192.0.2.1", 80), UNREACHED).onStack());
    }
  }

  @Test
  void aRuleGivesTheStackWhatItDoesNotReach() {
    Rules rules = Rules.parse("192.0.2.0/24");
    assertTrue(rules.connect(address("192.0.2.1", 80), UNREACHED).onStack());
  }

  @Test
  void aLoopbackPortWhereNobodyListensIsTheKernels() {
    Rules rules = Rules.parse("127.0.0.0/8,:80");
    assertTrue(rules.connect(address("127.0.0.1", 80), REACHED).onStack());
    Verdict verdict = rules.connect(address("127.0.0.1", 80), UNREACHED);
    assertEquals(Verdict.kernel("nobody in this process listens there"), verdict);
    assertFalse(rules.connect(address("0.0.0.0", 80), UNREACHED).onStack());
  }

  @Test
  void anUnresolvedPeerIsTheKernels() {
    InetSocketAddress peer = InetSocketAddress.createUnresolved("example.org", 80);
    assertFalse(Rules.parse(":80").connect(peer, REACHED).onStack());
    assertFalse(Rules.parse("").connect(peer, REACHED).onStack());
  }

  @Test
  void withoutRulesTheStackListensOnItsAddresses() {
    Rules rules = Rules.parse("");
    assertTrue(rules.bind(address("0.0.0.0", 80), _ -> false).onStack());
    assertTrue(rules.bind(address("10.0.0.1", 80), _ -> true).onStack());
    assertFalse(rules.bind(address("10.0.0.2", 80), _ -> false).onStack());
    assertTrue(rules.bind(address("::", 80), _ -> true).onStack(), "all addresses");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        ":80 0.0.0.0 80 true",
        ":80 0.0.0.0 81 false",
        ":80 0.0.0.0 0 false",
        "10.0.0.1:80 0.0.0.0 80 true",
        "10.0.0.1:80 0.0.0.0 81 false",
        "10.0.0.1 0.0.0.0 0 true",
        "!10.0.0.1:80 0.0.0.0 80 false",
        ":80,!10.0.0.1:80 0.0.0.0 80 true",
        ":80-90,!:85 0.0.0.0 85 false",
        ":80-90,!:85 0.0.0.0 86 true",
        "10.0.0.0/8 10.0.0.1 80 true",
        "10.0.0.0/8,!10.0.0.1 10.0.0.1 80 false",
        "10.0.0.0/8 127.0.0.1 80 false",
        "127.0.0.1:80 127.0.0.1 80 true"
      })
  void listeners(String rules, String local, int port, boolean onStack) {
    assertEquals(onStack, binds(rules, local, port));
  }

  @Test
  void noRuleBindsAnAddressThatIsNotTheStacks() {
    assertFalse(Rules.parse(":80").bind(address("10.0.0.2", 80), _ -> false).onStack());
  }

  @Test
  void theReasonIsTheRuleAsItWasWritten() {
    Rules rules = Rules.parse(" 10.0.0.0/8 , !:22 ");
    assertEquals("rule 10.0.0.0/8", rules.connect(address("10.0.0.1", 80), REACHED).reason());
    assertEquals("rule !:22", rules.connect(address("10.0.0.1", 22), REACHED).reason());
    assertEquals("no rule", rules.connect(address("11.0.0.1", 80), REACHED).reason());
  }

  @Test
  void flags() {
    Rules rules = Rules.parse("dryrun,:80,shaded=com.acme.netty");
    assertTrue(rules.isDryRun());
    assertEquals(Optional.of("com.acme.netty"), rules.shaded());
    assertEquals(
        "rules :80, io.netty is also com.acme.netty, dryrun: nothing moves", rules.toString());
    assertFalse(Rules.parse(":80").isDryRun());
    assertEquals(Optional.empty(), Rules.parse("").shaded());
    assertEquals("no rules, all that the stack reaches", Rules.parse("").toString());
  }
}
