package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.Checkout;
import io.aiwm.testing.TestImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/aiwm demo}, with a real engine: the one of the tests, or one that it starts itself. */
@Timeout(240)
@Tag("alone")
class DemoIT {
    private static final String DOCKER = System.getenv("DOCKER_HOST");
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path checkout;

    private final int port = AiwmProcess.freePort();
    private Path log;
    private Process demo;

    @BeforeEach
    void prepare() throws IOException {
        AiwmFleet.requireEngine();
        Checkout.in(checkout);
        log = checkout.resolve("demo.log");
    }

    @AfterEach
    void end() throws Exception {
        // JUnit would warn of each link
        new ProcessBuilder("rm", "-rf", checkout.resolve("programs").toString())
                .start()
                .waitFor();
        if (demo != null) {
            demo.destroy();
            await().atMost(LONG).until(() -> !demo.isAlive());
        }
        // what it leaves for later starts, the archive of classes, is written on for some seconds
        await().atMost(LONG).until(() -> running(checkout).isEmpty());
    }

    @Test
    void it_runs_a_job_and_a_deployment_of_three_steps_on_the_engine_that_answers_and_takes_all_of_it_away()
            throws Exception {
        int images = images();

        start(DOCKER, "--once");

        tourIsTold();
        assertThat(printed()).contains("engine       the one at ");
        assertThat(images()).isEqualTo(images);
        nothingIsLeft();
    }

    @Test
    void it_starts_an_engine_of_its_own_where_none_answers_and_takes_that_away_too() throws Exception {
        String rules = rules();

        start("unix://" + checkout.resolve("nobody.sock"), "--once");

        tourIsTold();
        assertThat(printed()).contains("engine       one of its own");
        assertThat(rules()).isEqualTo(rules);
        nothingIsLeft();
    }

    @Test
    void it_stays_up_until_ctrl_c_and_touches_no_container_of_another() throws Exception {
        String other = TestImages.run(DOCKER, null, "run", "-d", "--rm", TestImages.web(DOCKER, 1))
                .output()
                .strip();
        try {
            start(DOCKER);
            await().atMost(LONG).until(() -> !demo.isAlive() || printed().contains("Ctrl-C stops it"));
            assertThat(demo.isAlive()).as(printed()).isTrue();
            assertThat(Path.of(told("password     in (.*)"))).content().isNotBlank();
            answers();

            // as a terminal does: to all of its group
            new ProcessBuilder("kill", "-INT", "--", "-" + demo.pid()).start().waitFor();

            assertThat(demo.waitFor(60, TimeUnit.SECONDS)).as(printed()).isTrue();
            assertThat(demo.exitValue()).as(printed()).isZero();
            nothingIsLeft();
            assertThat(TestImages.run(DOCKER, null, "inspect", "-f", "{{.State.Running}}", other)
                            .output())
                    .startsWith("true");
        } finally {
            TestImages.run(DOCKER, null, "rm", "-f", other);
        }
    }

    @Test
    void a_port_that_is_taken_is_named_before_anything_is_made() throws Exception {
        try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            start(DOCKER, "--once");
            failed("demo: port " + taken.getLocalPort() + " is taken: say another with --port");
        }
    }

    @Test
    void an_engine_that_does_not_start_is_told_with_what_it_said() throws Exception {
        Path programs = Files.createDirectories(checkout.resolve("programs"));
        Path broken =
                Files.writeString(programs.resolve("dockerd"), "#!/bin/sh\necho this kernel is too old\nexit 1\n");
        assertThat(broken.toFile().setExecutable(true)).isTrue();

        startOn("unix://" + checkout.resolve("nobody.sock"), programs + ":" + System.getenv("PATH"));

        failed("demo: the engine did not start:", "this kernel is too old");
        nothingIsLeft();
    }

    @Test
    void without_a_terminal_what_is_missing_is_not_installed_but_named_with_the_commands() throws Exception {
        Path programs = Files.createDirectories(checkout.resolve("programs"));
        try (Stream<Path> all = Files.list(Path.of("/usr/bin"))) {
            for (Path program : all.toList()) {
                if (!List.of("curl", "busybox", "docker")
                        .contains(program.getFileName().toString())) {
                    Files.createSymbolicLink(programs.resolve(program.getFileName()), program);
                }
            }
        }
        Files.createSymbolicLink(programs.resolve("docker"), Path.of(which("docker")));

        startOn(DOCKER, programs.toString());

        failed("apt-get update", "apt-get install busybox-static curl");
    }

    @Test
    void the_help_names_it_beside_what_the_jar_does() throws Exception {
        demo = new ProcessBuilder("bin/aiwm", "--help")
                .directory(checkout.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();

        assertThat(demo.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).as(printed()).isZero();
        assertThat(printed())
                .containsPattern("\n  standalone +Runs both")
                .containsPattern("\n  demo +Only as bin/aiwm");
    }

    private void start(String docker, String... arguments) throws IOException {
        start(docker, System.getenv("PATH"), List.of(arguments));
    }

    private void startOn(String docker, String path) throws IOException {
        start(docker, path, List.of("--once"));
    }

    private void start(String docker, String path, List<String> arguments) throws IOException {
        // a group of its own, in which Ctrl-C means something also where the tests run in the background
        var command = new ArrayList<>(List.of("env", "--default-signal=INT", "setsid", "bin/aiwm", "demo"));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command)
                .directory(checkout.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        var environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("AIWM_"));
        environment.put("PATH", path);
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("AIWM_HTTP_PORT", Integer.toString(port));
        environment.put("AIWM_MONGO_URI", "mongodb://127.0.0.1:1/somebodys"); // is not for the demo
        if (docker != null) {
            environment.put("DOCKER_HOST", docker);
        }
        demo = builder.start();
    }

    private void tourIsTold() throws InterruptedException {
        assertThat(demo.waitFor(LONG.toSeconds(), TimeUnit.SECONDS))
                .as(printed())
                .isTrue();
        assertThat(demo.exitValue()).as(printed()).isZero();
        assertThat(printed())
                .containsPattern("job +hello: COMPLETED on demo, and printed: hello from job_")
                .contains("download model (model.download) COMPLETED")
                .contains("start container (deployment.create) COMPLETED")
                .contains("configure proxy (proxy.configure) COMPLETED")
                .containsPattern("deployment +web: RUNNING, and http://127.0.0.1:[0-9]+ says: Hello from a container")
                .contains("page         http://127.0.0.1:" + port);
    }

    private void failed(String... lines) throws InterruptedException {
        assertThat(demo.waitFor(LONG.toSeconds(), TimeUnit.SECONDS))
                .as(printed())
                .isTrue();
        assertThat(demo.exitValue()).as(printed()).isEqualTo(1);
        assertThat(printed()).contains(lines);
    }

    private void nothingIsLeft() {
        String run = folder().substring(folder().lastIndexOf('.') + 1);
        String label = "label=aiwm.cluster=demo-" + run.toLowerCase(Locale.ROOT);
        assertThat(TestImages.run(DOCKER, null, "ps", "-aq", "--filter", label).output())
                .isBlank();
        assertThat(TestImages.run(DOCKER, null, "volume", "ls", "-q", "--filter", label)
                        .output())
                .isBlank();
        assertThat(Path.of(folder())).doesNotExist();
        assertThat(Path.of("/sys/class/net", "aiwm-" + run)).doesNotExist();
        assertThat(running(Path.of(folder()))).isEmpty();
    }

    /** The folder of this run, however far it came. */
    private String folder() {
        return told("(/tmp/aiwm-demo\\.[A-Za-z0-9]+)");
    }

    private String told(String pattern) {
        var matcher = Pattern.compile(pattern).matcher(printed());
        assertThat(matcher.find()).as(printed()).isTrue();
        return matcher.group(1);
    }

    private void answers() throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private static int images() {
        return TestImages.run(DOCKER, null, "images", "-q", "aiwm-demo/web")
                .output()
                .length();
    }

    /** What the firewall says, without its counters: another engine's, too. */
    private static String rules() throws IOException {
        var process = new ProcessBuilder("nft", "-s", "list", "ruleset")
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String which(String program) throws IOException {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> folder + "/" + program)
                .filter(file -> Files.isExecutable(Path.of(file)))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> running(Path folder) {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains(folder.toString()))
                .toList();
    }

    private String printed() {
        try {
            return Files.readString(log);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }
}
