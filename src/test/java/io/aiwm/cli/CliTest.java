package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.VerticlePlan;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void the_version_is_told_however_it_is_asked_for() {
        for (String asked : new String[] {"version", "--version", "-V"}) {
            assertThat(run(asked)).isZero();
            assertThat(text(out)).as(asked).startsWith("aiwm ").contains("Java ");
        }
    }

    @Test
    void a_word_nobody_knows_is_answered_with_those_that_are_known() {
        assertThat(run("bogus")).isEqualTo(2);
        assertThat(text(err))
                .isEqualTo(
                        "aiwm: unknown command bogus (known: controller, worker, standalone, config, cluster, version,"
                                + " completion, health, models, deployments, executions, jobs, nodes, secrets, inference, audit, agents,"
                                + " memory, evaluations, usage, events, shell)");
        assertThat(run("standalon")).isEqualTo(2);
        assertThat(text(err)).contains("unknown command standalon; did you mean standalone?");
        assertThat(run("config", "chek")).isEqualTo(2);
        assertThat(text(err)).contains("did you mean check?", "(known: print, check)");
        assertThat(run("--nonsense")).isEqualTo(2);
        assertThat(text(err)).isEqualTo("aiwm: unknown option --nonsense; aiwm --help lists those there are");
        assertThat(run("version", "please")).isEqualTo(2);
        assertThat(text(err)).isEqualTo("aiwm: aiwm version takes no argument 'please'");
    }

    @Test
    void a_configuration_with_nothing_in_it_is_said_to_be_one() {
        assertThat(run("config", "print")).isZero();
        assertThat(text(out)).startsWith("# nothing is set");
        assertThat(run("config", "print", "--port", "4711")).isZero();
        assertThat(text(out)).isEqualTo("http.port: 4711  # flag --http-port");
    }

    @Test
    void the_check_finds_what_a_start_would_refuse() {
        assertThat(run("config", "check", "--cluster-host", "8.8.8.8")).isEqualTo(1);
        assertThat(text(err)).contains("cluster.host (flag --cluster-host) 8.8.8.8 is a public address");
        String url = "ws://192.0.2.7:3003";
        assertThat(run("config", "check", "--mode", "worker", "--worker-controller-url", url))
                .isEqualTo(1);
        assertThat(text(err)).contains("must begin with wss://", "controller.allowInsecure");
        assertThat(run("worker", "--worker-controller-url", url)).isEqualTo(1);
        assertThat(text(err)).contains("must begin with wss://");
    }

    @Test
    void the_check_reads_the_verticles_of_every_mode_the_file_speaks_of(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("verticles.json");
        assertThat(run("config", "check")).as(text(err)).isZero();
        JsonObject shipped = new JsonObject(VerticlePlan.find(null).text());
        Files.writeString(file, shipped.encode());
        assertThat(run("config", "check", "--verticles", file.toString()))
                .as(text(err))
                .isZero();

        Object http = shipped.getJsonObject("controller").remove("HttpApiVerticle");
        shipped.getJsonObject("controller").put("HttpApiVerticel", http);
        shipped.getJsonObject("standalone").remove("SchedulerVerticle");
        Files.writeString(file, shipped.encode());

        assertThat(run("config", "check", "--verticles", file.toString())).isEqualTo(1);
        assertThat(text(err))
                .contains(
                        "controller.HttpApiVerticel is no verticle; did you mean HttpApiVerticle?",
                        "controller.HttpApiVerticle is missing",
                        "standalone.SchedulerVerticle is missing");
    }

    @Test
    void the_help_of_a_side_lists_the_settings_of_that_side() {
        run("worker", "--help");
        assertThat(text(out))
                .contains("--worker-node-id", "--data-dir", "--cluster-port")
                .doesNotContain("--http-port");
        run("controller", "--help");
        assertThat(text(out)).contains("--http-port", "--cluster-port").doesNotContain("--worker-node-id");
        run("standalone", "--help");
        assertThat(text(out)).contains("--http-port", "--worker-node-id");
    }

    @Test
    void what_completes_commands_in_a_shell_is_printed() {
        assertThat(run("completion", "bash")).isZero();
        assertThat(text(out)).contains("complete -F _complete_aiwm", "evaluations", "--conversation");
        assertThat(run("completion", "powershell")).isEqualTo(2);
        assertThat(text(err)).isEqualTo("aiwm: completion is for bash or zsh");
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return new Cli(Map.of(), (loaded, verticles) -> {}, printing(out), printing(err)).execute(arguments);
    }

    private static PrintStream printing(ByteArrayOutputStream stream) {
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8).strip();
    }
}
