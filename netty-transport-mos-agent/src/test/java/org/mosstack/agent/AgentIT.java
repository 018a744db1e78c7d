package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.tools.attach.VirtualMachine;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** Programs that know Netty alone, started with the agent as a user starts them. */
class AgentIT {
  private static final String PROGRAMS = "org.mosstack.agent.program.";
  private static final String AGENT = System.getProperty("agent.jar");
  private static final String MOS = "org.mosstack.netty.";
  private static final String NIO = "io.netty.channel.socket.nio.";

  private final Testbed testbed = new Testbed("agent");

  @AfterEach
  void end() {
    testbed.close();
  }

  private static List<Path> classPath(String part) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(element -> element.contains(part))
        .map(Path::of)
        .toList();
  }

  private static List<Path> netty() {
    return classPath("/io/netty/");
  }

  private static List<Path> application() {
    return Stream.concat(netty().stream(), classPath("/test-classes").stream()).toList();
  }

  private static String joined(List<Path> elements) {
    return elements.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private Program start(String rules, String classPath, String program, String... arguments)
      throws IOException {
    String agent = "-javaagent:" + AGENT + (rules.isEmpty() ? "" : "=" + rules);
    return startJava(List.of(agent, "-cp", classPath, PROGRAMS + program), arguments);
  }

  private Program startJava(List<String> options, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of(arguments));
    return testbed.start(command);
  }

  private String run(String rules, String classPath, String program, String... arguments)
      throws IOException, InterruptedException {
    return start(rules, classPath, program, arguments).succeed(Testbed.SOON);
  }

  /** The class path of something that loads all else by itself. */
  private Path launcher() throws IOException {
    Path folder = testbed.newFolder();
    Path file = Path.of("org/mosstack/agent/program/Launcher.class");
    Path target = folder.resolve(file);
    Files.createDirectories(target.getParent());
    Files.copy(classPath("/test-classes").getFirst().resolve(file), target);
    return folder;
  }

  private static void assertMoved(String output) {
    assertLine(output, "server " + MOS + "MosServerSocketChannel");
    assertLine(output, "client " + MOS + "MosSocketChannel");
    assertLine(output, "child " + MOS + "MosSocketChannel");
    assertLine(output, "echoed hello");
    assertLine(output, "connections 1 moved 0 left, listeners 1 moved 0 left");
  }

  private static void assertLine(String output, String line) {
    assertTrue(output.lines().anyMatch(line::equals), () -> line + " isn't in\n" + output);
  }

  private static void assertPart(String output, String part) {
    assertTrue(output.contains(part), () -> part + " isn't in\n" + output);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nio", "epoll"})
  void onTheClassPath(String transport) throws IOException, InterruptedException {
    String output = run("", joined(application()), "Echo", transport, "address");
    assertMoved(output);
    assertLine(output, "at once " + MOS + "MosSocketChannel");
    assertPart(output, "Netty's TCP channels move to the stack: no rules");
    assertPart(output, "found Netty 4.2");
    assertPart(output, "SocketChannel to 127.0.0.1:");
    assertFalse(output.contains("WARNING"), output);
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "register"})
  void connectsAsUsersDo(String how) throws IOException, InterruptedException {
    assertMoved(run("127.0.0.0/8", joined(application()), "Echo", "nio", how));
  }

  @Test
  void aLoaderOfTheApplications() throws IOException, InterruptedException {
    assertMoved(
        run(
            "",
            launcher().toString(),
            "Launcher",
            joined(application()),
            PROGRAMS + "Echo",
            "epoll",
            "address"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"com.acme.shaded.io.netty", "com.acme.netty"})
  void aRelocatedNetty(String name) throws IOException, InterruptedException {
    Path folder = testbed.newFolder();
    RelocatedJars.write(application(), name, folder);
    String output = run("shaded=com.acme.netty", folder.toString(), "Echo", "nio", "address");
    assertMoved(output);
    assertPart(output, "moved: " + name + ".channel.socket.nio.NioSocketChannel to 127.0.0.1:");
  }

  @Test
  void twoNettysInOneProcess() throws IOException, InterruptedException {
    Path folder = testbed.newFolder();
    RelocatedJars.write(netty(), "com.acme.io.netty", folder);
    assertMoved(
        run("", folder + File.pathSeparator + joined(application()), "Echo", "nio", "address"));
  }

  /** It has no plug-in point for a transport like this one. */
  @Test
  void netty41StaysAsItIs() throws IOException, InterruptedException {
    String netty41;
    try (Stream<Path> jars = Files.list(Path.of(System.getProperty("netty41.folder")))) {
      netty41 = joined(jars.toList());
    }
    String program = joined(classPath("/test-classes"));
    String output = run("", netty41 + File.pathSeparator + program, "Echo", "old", "address");
    assertLine(output, "server " + NIO + "NioServerSocketChannel");
    assertLine(output, "client " + NIO + "NioSocketChannel");
    assertLine(output, "child " + NIO + "NioSocketChannel");
    assertLine(output, "echoed hello");
    String line = "Nothing moves of io.netty " + System.getProperty("netty41.version");
    assertEquals(1, output.lines().filter(said -> said.contains(line)).count(), output);
    assertFalse(output.contains("Exception"), output);
  }

  @Test
  void aDryRun() throws IOException, InterruptedException {
    String output = run("dryrun", joined(application()), "Echo", "nio", "address");
    assertLine(output, "server " + NIO + "NioServerSocketChannel");
    assertLine(output, "client " + NIO + "NioSocketChannel");
    assertLine(output, "echoed hello");
    assertPart(output, "dryrun: " + NIO + "NioServerSocketChannel on 0.0.0.0:0 would move");
    assertPart(output, "dryrun: " + NIO + "NioSocketChannel to 127.0.0.1:");
    assertPart(output, " would move, the stack reaches it");
    assertLine(output, "connections 1 moved 0 left, listeners 1 moved 0 left");
  }

  @Test
  void theApplicationSetsUpItsLogging() throws IOException, InterruptedException {
    String output = run("", joined(application()), "LateLogging", "nio", "address");
    assertMoved(output);
    assertLine(output, "manager " + PROGRAMS + "LateLogging$Manager");
    assertPart(output, "Netty's TCP channels move to the stack: no rules");
  }

  @Test
  void aRuleThatIsNotAllowed() throws IOException, InterruptedException {
    Program program = start(":80,10.0.0.300", joined(application()), "Echo", "nio", "address");
    assertEquals(2, program.exitCode(Testbed.SOON));
    assertEquals(
        List.of(
            "netty-transport-mos-agent: read \"10.0.0.300\", allowed:"
                + " [!]ADDRESS[/PREFIX][:PORT[-PORT]], [!]:PORT[-PORT], dryrun, shaded=PACKAGE"),
        program.lines());
  }

  @Test
  void noRuleMatches() throws IOException, InterruptedException {
    String output = run("10.0.0.1:9", joined(application()), "Echo", "epoll", "address");
    assertLine(output, "echoed hello");
    assertLine(output, "child io.netty.channel.epoll.EpollSocketChannel");
    assertLine(output, "connections 0 moved 1 left, listeners 0 moved 1 left");
  }

  @Test
  void aPeerOfTheKernels() throws IOException, InterruptedException {
    for (String rules : new String[] {"", "127.0.0.1"}) {
      String output = run(rules, joined(application()), "KernelPeer", "any");
      assertLine(output, "client " + MOS + "MosSocketChannel");
      assertLine(output, "received x");
      assertLine(output, "connections 0 moved 1 left, listeners 0 moved 0 left");
    }
  }

  @Test
  void anInitializerOfAnotherKind() throws IOException, InterruptedException {
    String output = run("", joined(application()), "KernelPeer", "nio");
    assertLine(output, "client " + NIO + "NioSocketChannel");
    assertLine(output, "received x");
    assertPart(
        output,
        "left to the kernel: "
            + NIO
            + "NioSocketChannel, as "
            + PROGRAMS
            + "KernelPeer$OnlyNio wants it to be a "
            + NIO
            + "NioSocketChannel");
  }

  @Test
  void theModulePath() throws IOException, InterruptedException {
    assertMoved(
        startJava(
                List.of(
                    "-javaagent:" + AGENT,
                    "-p",
                    joined(netty()),
                    "--add-modules=ALL-MODULE-PATH",
                    "-cp",
                    joined(classPath("/test-classes")),
                    PROGRAMS + "Echo"),
                "nio",
                "address")
            .succeed(Testbed.SOON));
  }

  @Test
  void aConfigurationThatCannotBeUsed() throws IOException, InterruptedException {
    String output =
        startJava(
                List.of(
                    "-javaagent:" + AGENT,
                    "-Dmos.conf=nowhere.conf",
                    "-cp",
                    joined(application()),
                    PROGRAMS + "Echo"),
                "nio",
                "address")
            .succeed(Testbed.SOON);
    assertLine(output, "server " + NIO + "NioServerSocketChannel");
    assertLine(output, "echoed hello");
    String line = "Everything stays with the kernel, as the stack can't be started: nowhere.conf";
    assertEquals(1, output.lines().filter(said -> said.contains(line)).count(), output);
  }

  @Test
  void aProcessThatRuns() throws Exception {
    Program program =
        startJava(
            List.of("-XX:+EnableDynamicAgentLoading", "-cp", joined(application())),
            PROGRAMS + "AttachedEcho",
            "nio",
            "address");
    program.awaitLine("^waits$", Testbed.SOON);
    VirtualMachine process = VirtualMachine.attach(Long.toString(program.pid()));
    process.loadAgent(AGENT, "127.0.0.1");
    process.detach();
    String output = program.succeed(Testbed.SOON);
    assertLine(output, "before " + NIO + "NioServerSocketChannel");
    assertLine(output, "client " + MOS + "MosSocketChannel");
    assertMoved(output);
  }
}
