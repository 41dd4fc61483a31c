package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmProcess;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node used, told by the command line, also after the controller was killed. Needs the built jar. */
@Timeout(300)
class NodeCommandsIT {
    private static final String NODE = "n1";
    /** Of two minutes in steps of ten seconds, which may begin within a step. */
    private static final long MOST_POINTS = 13;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private AiwmProcess both;

    @BeforeEach
    void start() {
        both = AiwmProcess.of("standalone", folder)
                .with("NODE_ID", NODE)
                // what the worker begins with, and what it is told
                .with("METRICS_INTERVAL", "1s")
                .with("AIWM_WORKER_DOCKER_ENABLED", "false")
                .startAndWait();
    }

    @AfterEach
    void stop() {
        both.close();
    }

    private int run(String... arguments) {
        out.reset();
        Map<String, String> environment = new HashMap<>(Map.of(
                "AIWM_ADDR",
                "http://127.0.0.1:" + both.port(),
                "AIWM_DATA_DIR",
                folder.resolve("data").toString()));
        return new Cli(
                        environment,
                        (loaded, verticles) -> {},
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(out, true, StandardCharsets.UTF_8))
                .execute(arguments);
    }

    private String done(String... arguments) {
        assertThat(run(arguments)).as(out.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    private long points(Instant from) {
        var json = new JsonObject(done(
                "nodes",
                "metrics",
                NODE,
                "--from",
                from.toString(),
                "--to",
                from.plusSeconds(120).toString(),
                "--step",
                "10",
                "-o",
                "json"));
        var series = json.getJsonObject("series").getJsonArray("memoryUsedBytes");
        return series == null ? 0 : series.stream().filter(Objects::nonNull).count();
    }

    /** Whether the first minute is in the store. */
    private boolean isStored() throws SQLException {
        Path file = folder.resolve("data").resolve("aiwm.db");
        try (var sqlite = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = sqlite.createStatement();
                var found = statement.executeQuery("SELECT count(*) FROM metricHours")) {
            return found.getInt(1) > 0;
        }
    }

    @Test
    void what_was_measured_is_shown_and_outlives_a_kill() {
        Instant start = Instant.now();
        await().atMost(Duration.ofSeconds(60)).until(() -> points(start) > 0);
        assertThat(done("nodes", "list")).contains("NAME", NODE, "IDLE");
        // how busy a processor is needs two looks at it
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(done("nodes", "metrics", NODE)).contains("TIME", "CPU", "MEMORY", "%"));
        assertThat(done("nodes", "containers", NODE)).startsWith("CONTAINER");
        assertThat(done("nodes", "cordon", NODE))
                .isEqualTo("node " + NODE + " is closed; aiwm nodes uncordon " + NODE + " opens it\n");
        assertThat(done("nodes", "list")).contains("false");
        assertThat(done("nodes", "uncordon", NODE)).isEqualTo("node " + NODE + " is open\n");
        assertThat(run("nodes", "cordon", "n2")).isEqualTo(3);
        assertThat(run("nodes", "metrics", "n2")).isEqualTo(3);
        assertThat(run("nodes", "metrics", NODE, "--from", "yesterday")).isEqualTo(2);
        assertThat(run("nodes", "metrics", NODE, "--step", "1")).isEqualTo(1);

        await().atMost(Duration.ofSeconds(150)).until(this::isStored);
        long measured = points(start);
        assertThat(measured).isGreaterThan(2);
        both.kill9();
        both.startAndWait();
        Instant back = Instant.now();
        await().atMost(Duration.ofSeconds(60)).until(() -> points(back) > 0);
        assertThat(points(start)).isBetween(measured - 1, MOST_POINTS);
    }
}
