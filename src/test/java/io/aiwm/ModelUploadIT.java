package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.Hub;
import io.aiwm.testing.TusClient;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model comes in through the stock client of tus, as a process of its own: the client is killed and resumes, and the
 * controller is killed meanwhile. Needs the built jar, node, and npm for the client.
 */
@Timeout(300)
class ModelUploadIT {
    private static final String PASSWORD = "a password for tests 1";
    private static final int BYTES = 24 << 20;

    @TempDir
    static Path folder;

    private static Path client;
    private static Path file;
    private AiwmProcess controller;
    private int port;

    @BeforeAll
    static void prepare() throws IOException {
        client = TusClient.in(folder.resolve("client")).folder();
        byte[] bytes = new byte[BYTES];
        new Random(11).nextBytes(bytes);
        file = folder.resolve("model.bin");
        Files.write(file, bytes);
    }

    @AfterEach
    void stop() {
        if (controller != null) {
            controller.close();
        }
    }

    private record Ended(int exit, String output) {}

    private static Process begin(Path in, Path log, String... command) {
        try {
            return new ProcessBuilder(command)
                    .directory(in.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static Ended run(Path in, String... command) {
        try {
            Path log = Files.createTempFile(folder, "run", ".log");
            return ended(begin(in, log, command), log);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static Ended ended(Process process, Path log) throws IOException {
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ends").isTrue();
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
        return new Ended(process.exitValue(), Files.readString(log));
    }

    private String[] upload(String token, String... more) {
        return Stream.concat(
                        Stream.of(
                                "node",
                                "upload.mjs",
                                "http://127.0.0.1:" + port + "/api/models/uploads",
                                token,
                                file.toString(),
                                folder.resolve("state.json").toString()),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    @Test
    void a_client_killed_resumes_and_so_does_one_whose_controller_is_killed() throws IOException {
        port = AiwmProcess.freePort();
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("PORT", port)
                .with("AIWM_AUTH_ADMIN_PASSWORD", PASSWORD)
                .startAndWait();
        var api = new AiwmClient(port, PASSWORD);
        String token = api.token();

        Ended killed = run(client, upload(token, "" + (6 << 20)));
        assertThat(killed.output()).contains("accepted ").doesNotContain("resumes", "done");
        assertThat(killed.exit()).isEqualTo(128 + 9);

        Path log = folder.resolve("second.log");
        Process second = begin(client, log, upload(token));
        await().atMost(Duration.ofSeconds(60)).until(() -> Files.readString(log).contains("accepted "));
        controller.kill9();
        controller.startAndWait();
        Ended done = ended(second, log);
        assertThat(done.output()).contains("resumes ", "done ");
        assertThat(done.exit()).as(done.output()).isZero();
        // it went on where it was: the first thing it sent lay beyond what had come before
        assertThat(firstSent(done.output())).isGreaterThanOrEqualTo(6L << 20);

        var version = api.expect(200, api.get("/api/models/tus/versions/latest"));
        assertThat(version.getString("state")).isEqualTo("READY");
        assertThat(version.getJsonArray("files").getJsonObject(0).getString("sha256"))
                .isEqualTo(Sha256.hex(file));
        assertThat(objects()).as("objects left behind").hasSize(1);
    }

    @Test
    void a_download_goes_on_by_range_after_its_controller_was_killed() throws IOException {
        var vertx = Vertx.vertx();
        try (var hub = new Hub(vertx)) {
            byte[] bytes = new byte[BYTES];
            new Random(12).nextBytes(bytes);
            hub.with("model.bin", Buffer.buffer(bytes)).with("config.json", Buffer.buffer("{}"));
            hub.faults.add(Hub.Fault.BREAKS_OFF);
            for (int i = 0; i < 100; i++) {
                hub.faults.add(Hub.Fault.LIMITED);
            }
            port = AiwmProcess.freePort();
            controller = AiwmProcess.of("controller", folder.resolve("fetching"))
                    .with("PORT", port)
                    .with("AIWM_AUTH_ADMIN_PASSWORD", PASSWORD)
                    .with("HF_ENDPOINT", hub.url())
                    .with("HF_TOKEN", "hf_a_token_for_tests")
                    .with("AIWM_MODELS_ALLOWED_DOWNLOAD_HOSTS", "127.0.0.1")
                    .startAndWait();
            var api = new AiwmClient(port, PASSWORD);
            var begun = api.expect(202, api.post("/api/models/download", new JsonObject().put("repo", hub.repo)));
            await().atMost(Duration.ofSeconds(60)).until(() -> hub.ranges.size() >= 3);
            controller.kill9();
            hub.faults.clear();
            int before = hub.ranges.size();
            controller.startAndWait();
            String path = "/api/models/" + begun.getString("modelId") + "/versions/1";
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> api.get(path).json().getString("state").equals("READY"));
            assertThat(hub.ranges.subList(before, hub.ranges.size())).allMatch(range -> range.startsWith("bytes="));
            String done = "/api/executions/" + begun.getString("executionId");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> api.get(done).json().getString("status").equals("COMPLETED"));
            var execution = api.expect(200, api.get(done));
            assertThat(execution.getString("category")).isEqualTo("model");
            assertThat(api.get(path).json().encode()).contains(Sha256.hex(bytes));
            assertThat(controller.output()).doesNotContain("hf_a_token_for_tests");
            var url = api.expect(200, api.get(path.replace("/versions/1", "/download-url?file=config.json")));
            assertThat(url.getString("url")).isNotBlank();
        } finally {
            vertx.close().await();
        }
    }

    private static long firstSent(String output) {
        return output.lines()
                .filter(line -> line.startsWith("sent "))
                .mapToLong(line -> Long.parseLong(line.substring("sent ".length())))
                .findFirst()
                .orElseThrow();
    }

    private static List<Path> objects() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("controller/data/objects"))) {
            return all.filter(Files::isRegularFile)
                    .filter(path -> !path.getFileName().toString().equals(".place"))
                    .toList();
        }
    }
}
