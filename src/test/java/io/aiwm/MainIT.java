package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar as users meet it: what it prints, how it ends. */
@Timeout(180)
class MainIT {
    /** Every Java of this machine that the jar must run on: the one of this build, and others where Debian puts them. */
    private static final List<String> JAVAS = javas();

    @TempDir
    Path folder;

    private record Ended(int code, String out, String err) {}

    @Test
    void help_and_version_are_answered_without_a_word_from_the_virtual_machine() throws Exception {
        for (String java : JAVAS) {
            Ended help = run(java, Map.of(), "--help");
            assertThat(help).as(java).extracting(Ended::code, Ended::err).containsExactly(0, "");
            assertThat(help.out()).contains("controller", "worker", "standalone", "config");
            assertThat(run(java, Map.of(), "version").out()).startsWith("aiwm 0.");
        }
    }

    @Test
    void what_cannot_be_understood_ends_with_2_and_what_cannot_be_done_with_1() throws Exception {
        assertThat(run("--nonsense").code()).isEqualTo(2);
        assertThat(run().code()).isEqualTo(2);
        assertThat(run("standalone", "--prot", "1")).satisfies(ended -> {
            assertThat(ended.code()).isEqualTo(2);
            assertThat(ended.err()).contains("unknown option --prot; did you mean --port?");
        });
        for (var wrong : Map.of(
                        "AIWM_JWT_KEY", "short",
                        "AIWM_ADMIN_PASSWORD", "changeme",
                        "AIWM_CLUSTER_HOST", "0.0.0.0")
                .entrySet()) {
            Ended ended = run(JAVAS.get(0), Map.of(wrong.getKey(), wrong.getValue()), "controller");
            assertThat(ended.code()).as(wrong.getKey()).isEqualTo(1);
            assertThat(ended.err().strip()).as(wrong.getKey()).hasLineCount(1).startsWith("aiwm: ");
            assertThat(ended.out() + ended.err()).doesNotContain("changeme").doesNotContain("\tat ");
        }
    }

    @Test
    void a_port_that_is_taken_is_a_sentence_and_the_process_ends_by_itself() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            Ended ended =
                    run("standalone", "--cluster-enabled=false", "--worker-docker-enabled=false", "--http-port", port);
            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.err()).startsWith("aiwm: ").contains(port).doesNotContain("\tat ");
            assertThat(folder.resolve("data"))
                    .as("what a start that could not be leaves behind")
                    .doesNotExist();
        }
    }

    @Test
    void editing_verticles_json_changes_what_runs_and_its_mistakes_are_named() throws Exception {
        Files.writeString(folder.resolve("verticles.json"), """
            {"controller": {"HttpApiVerticel": {}, "NodeGatewayVerticle": {"instance": 2}}, "wroker": {}}\
            """);
        assertThat(run("controller", "--cluster-enabled=false")).satisfies(ended -> {
            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.err())
                    .contains(
                            "verticles.json has 3 mistakes",
                            "did you mean HttpApiVerticle?",
                            "did you mean instances?",
                            "did you mean worker?");
        });
    }

    @Test
    void each_mode_starts_says_where_it_is_and_stops_cleanly_when_asked() {
        for (String mode : new String[] {"controller", "standalone"}) {
            int port = AiwmProcess.freePort();
            try (var process = AiwmProcess.of(mode, folder.resolve(mode))
                    .with("PORT", port)
                    .with("AIWM_CLUSTER_PORT", AiwmProcess.freePorts())) {
                process.startAndWait();
                Path password = folder.resolve(mode).resolve("data").resolve("admin-password");
                assertThat(process.output())
                        .contains(
                                "AIWM " + mode + " is ready", "http://127.0.0.1:" + port, "admin", password.toString())
                        .doesNotContain(read(password).strip());
                assertThat(process.stop()).as(process.output()).isZero();
                assertThat(process.output()).contains("stopped").doesNotContain("\tat ");
            }
        }
    }

    @Test
    void ready_is_said_by_a_worker_that_is_registered_and_by_a_controller_that_serves_its_page() throws Exception {
        Path file = Files.writeString(folder.resolve("without-http.json"), """
                {"controller": {"OrchestratorVerticle": {}, "SchedulerVerticle": {}, "TimeoutMonitorVerticle": {},
                                "NodeGatewayVerticle": {}}}""");
        try (var worker = AiwmProcess.of("worker", folder.resolve("alone"))
                        .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + AiwmProcess.freePort() + "/ws/node")
                        .with("NODE_ID", "alone")
                        .with("ENABLE_DOCKER", false);
                var controller = AiwmProcess.of("controller", folder.resolve("mute"))
                        .with("PORT", AiwmProcess.freePort())
                        .with("AIWM_CLUSTER_ENABLED", false)
                        .with("AIWM_VERTICLES", file)) {
            worker.start();
            controller.start();
            await().atMost(90, TimeUnit.SECONDS)
                    .until(() -> worker.output().contains("no session with a controller")
                            && controller.output().contains("AIWM controller has started"));
            assertThat(worker.output())
                    .contains("AIWM worker has started and looks for its controller ws://127.0.0.1:")
                    .doesNotContain(" is ready");
            assertThat(controller.output())
                    .contains("without   HttpApiVerticle", "page      none")
                    .doesNotContain(" is ready", "http://");
        }
    }

    @Test
    void two_standalones_on_one_machine_are_two_each_with_the_node_beside_it() {
        try (var one = standalone("one");
                var two = standalone("two")) {
            one.startAndWait();
            two.startAndWait();
            for (var each : List.of(one, two)) {
                await().atMost(60, TimeUnit.SECONDS)
                        .until(() -> each.output().contains(" registered over ")
                                && each.output().contains("registered as node "));
                assertThat(each.output()).doesNotContain("WARN").doesNotContain("the cluster");
            }
        }
    }

    @Test
    void a_second_database_is_refused_by_a_cluster_and_each_worker_stays_with_its_own_controller() {
        int clusterPort = AiwmProcess.freePorts();
        String key = "one key for both of them, 32 bytes or more";
        try (var one = standalone("first")
                        .with("AIWM_CLUSTER_PORT", clusterPort)
                        .with("AIWM_JWT_KEY", key);
                var two = standalone("second")
                        .with("AIWM_CLUSTER_PORT", clusterPort)
                        .with("AIWM_JWT_KEY", key)) {
            one.startAndWait();
            two.start();
            await().atMost(90, TimeUnit.SECONDS).until(() -> !two.isAlive());
            assertThat(two.output())
                    .contains(
                            "aiwm: the cluster " + AiwmProcess.CLUSTER
                                    + " already has a controller with another database",
                            folder.resolve("first").toString(),
                            folder.resolve("second").toString(),
                            "cluster.name")
                    .doesNotContain("\tat ");
            assertThat(one.isAlive()).isTrue();
            await().atMost(60, TimeUnit.SECONDS).until(() -> one.output().contains(" left the cluster"));
            assertThat(one.output()).doesNotContain("WARN");
        }
    }

    @Test
    void who_has_another_cluster_key_forms_a_cluster_of_its_own_and_is_named_once() {
        int clusterPort = AiwmProcess.freePorts();
        try (var one = standalone("mine").with("AIWM_CLUSTER_PORT", clusterPort);
                var two = standalone("theirs").with("AIWM_CLUSTER_PORT", clusterPort)) {
            one.startAndWait();
            two.startAndWait();
            await().atMost(60, TimeUnit.SECONDS)
                    .until(() -> one.output().contains("127.0.0.1 is refused: does not know the cluster key"));
            assertThat(one.output().split("is refused", -1)).hasSize(2);
            assertThat(one.output() + two.output()).doesNotContain("\tat ").doesNotContain("joined the cluster");
        }
    }

    private AiwmProcess standalone(String name) {
        return AiwmProcess.of("standalone", folder.resolve(name))
                .with("PORT", AiwmProcess.freePort())
                .with("AIWM_AUTH_PASSWORD_ITERATIONS", 210_000) // as users have it: fewer are warned of
                .with("ENABLE_DOCKER", false);
    }

    @Test
    void standalone_is_silent_on_every_java_but_for_its_own_lines() throws Exception {
        for (String java : JAVAS) {
            var output = folder.resolve("silent.log");
            var process = new ProcessBuilder(
                            java,
                            "-jar",
                            AiwmProcess.jar().toString(),
                            "standalone",
                            "--port",
                            "" + AiwmProcess.freePort(),
                            "--cluster-port",
                            "" + AiwmProcess.freePorts(),
                            "--cluster-name",
                            AiwmProcess.CLUSTER,
                            "--data-dir",
                            folder.resolve("silent").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                await().atMost(90, TimeUnit.SECONDS)
                        .until(() -> !process.isAlive() || read(output).contains(" is ready"));
                assertThat(read(output))
                        .contains(" is ready")
                        .doesNotContain("WARNING:")
                        .doesNotContain("\tat ");
            } finally {
                process.destroy();
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void config_print_shows_the_value_and_its_source_but_no_secret() throws Exception {
        Ended ended = run(
                JAVAS.get(0),
                Map.of("AIWM_ADMIN_PASSWORD", "correct horse battery", "PORT", "4711"),
                "config",
                "print");
        assertThat(ended.code()).isZero();
        assertThat(ended.out())
                .contains(
                        "http.port: 4711  # environment PORT",
                        "auth.adminPassword: ********  # environment AIWM_ADMIN_PASSWORD")
                .doesNotContain("correct horse");
    }

    private Ended run(String... arguments) throws Exception {
        return run(JAVAS.get(0), Map.of(), arguments);
    }

    private Ended run(String java, Map<String, String> environment, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(java, "-jar", AiwmProcess.jar().toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("AIWM_") || name.equals("PORT"));
        // never those of a product that runs here
        builder.environment().put("AIWM_CLUSTER_NAME", AiwmProcess.CLUSTER);
        builder.environment().put("AIWM_CLUSTER_PORT", Integer.toString(AiwmProcess.freePorts()));
        builder.environment().put("PORT", Integer.toString(AiwmProcess.freePort()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " does not end:\n" + read(out) + read(err));
        }
        return new Ended(process.exitValue(), read(out), read(err));
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException cause) {
            throw new java.io.UncheckedIOException(cause);
        }
    }

    private static List<String> javas() {
        var found = new ArrayList<String>();
        found.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        try (var folders = Files.newDirectoryStream(Path.of("/usr/lib/jvm"), "*25*")) {
            folders.forEach(folder -> found.add(folder.resolve("bin/java").toString()));
        } catch (IOException noOthers) {
            // then the build's own Java is all there is
        }
        return found;
    }
}
