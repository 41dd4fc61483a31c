package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmProcess;
import io.aiwm.testing.GgufWriter;
import io.aiwm.testing.Hub;
import io.aiwm.testing.StallingProxy;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands for models and secrets, against a real controller; one that is killed is a process of the real jar. */
@Timeout(180)
class ClientCommandsIT {
    private static final String CANARY = "canary-51d0c9";
    private static final int MIB = 1 << 20;

    @TempDir
    static Path folder;

    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx vertx = Vertx.vertx();

    private static Hub hub;
    private static AiwmProcess controller;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void start() {
        hub = new Hub(vertx)
                .with("model.gguf", Buffer.buffer("x".repeat(5_000)))
                .with("config.json", Buffer.buffer("{}"));
        controller = AiwmProcess.of("controller", folder.resolve("controller"))
                .with("HF_ENDPOINT", hub.url())
                .with("AIWM_MODELS_ALLOWED_DOWNLOAD_HOSTS", "127.0.0.1")
                .startAndWait();
    }

    @AfterAll
    static void stop() {
        controller.close();
        hub.close();
    }

    private static Map<String, String> environment(int port) {
        return new HashMap<>(Map.of(
                "AIWM_ADDR", "http://127.0.0.1:" + port,
                "AIWM_DATA_DIR", folder.resolve("controller/data").toString(),
                "XDG_STATE_HOME", folder.resolve("state").toString()));
    }

    private int run(String input, String... arguments) {
        return run(environment(controller.port()), input, arguments);
    }

    private int run(Map<String, String> environment, String input, String... arguments) {
        out.reset();
        err.reset();
        return new Cli(
                        environment,
                        (loaded, verticles) -> {},
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .execute(arguments);
    }

    private String done(String... arguments) {
        assertThat(run("", arguments)).as(text(err)).isZero();
        return text(out);
    }

    private String refused(int code, String... arguments) {
        assertThat(run("", arguments)).as(text(err) + text(out)).isEqualTo(code);
        assertThat(text(out)).isEmpty();
        return text(err);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8).strip();
    }

    private static Path file(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.write(file, bytes);
        return file;
    }

    @Test
    void what_happens_is_followed_and_listed_and_who_did_it_is_verified() throws Exception {
        String before = done("events", "--count", "1", "-o", "json");
        var items = new JsonObject(before).getJsonArray("items");
        long last = items.isEmpty() ? 0 : items.getJsonObject(0).getLong("revision");
        assertThat(run(CANARY + "\n", "secrets", "set", "followed"))
                .as(text(err))
                .isZero();
        var seen = new java.util.concurrent.CompletableFuture<String>();
        var following = new Thread(() -> {
            var printed = new ByteArrayOutputStream();
            int code = new Cli(
                            environment(controller.port()),
                            (loaded, verticles) -> {},
                            new PrintStream(printed, true, StandardCharsets.UTF_8),
                            new PrintStream(printed, true, StandardCharsets.UTF_8))
                    .execute(
                            "events",
                            "--follow",
                            "--after",
                            Long.toString(last),
                            "--type",
                            "audit.setSecret",
                            "--count",
                            "1");
            seen.complete(code + " " + text(printed));
        });
        following.start();
        assertThat(seen.get(30, java.util.concurrent.TimeUnit.SECONDS))
                .startsWith("0 ")
                .contains("audit.setSecret", "/api/secrets/followed");
        assertThat(done("events", "--type", "audit.setSecret")).contains("audit.setSecret");
        assertThat(done("audit", "list")).contains("setSecret", "/api/secrets/followed", "200");
        assertThat(done("audit", "list", "--operation=setSecret", "--actor=admin", "--count=1"))
                .contains("setSecret");
        assertThat(done("audit", "list", "--resource=/api/secrets/followed", "-o", "json"))
                .contains("/api/secrets/followed")
                .doesNotContain("login");
        assertThat(done("audit", "list", "--from=2999-01-01T00:00:00Z", "-o", "name"))
                .isEmpty();
        String verified = done("audit", "verify", "-o", "json");
        String head = new JsonObject(verified).getString("head");
        assertThat(done("audit", "verify", "--head", head)).contains("entries follow one another");
        Path export = file("audit.ndjson", done("audit", "export").getBytes(StandardCharsets.UTF_8));
        assertThat(Files.readString(export)).doesNotContain(CANARY);
        assertThat(done("audit", "verify", "--file", export.toString())).contains("entries follow one another");
        Files.writeString(export, Files.readString(export).replaceFirst("setSecret", "getSecret"));
        assertThat(refused(1, "audit", "verify", "--file", export.toString())).contains("was changed");
        assertThat(refused(1, "audit", "verify", "--head", "1:00")).contains("cut off");
        assertThat(refused(3, "events", "--after", "999999999")).contains("not kept");
    }

    @Test
    void what_can_be_called_is_listed() {
        assertThat(run("", "inference", "models")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("NAME  KIND  MODEL  STATE  READY  IN-FLIGHT  WAITING");
        assertThat(run("", "inference", "aliases", "-o", "json")).isZero();
        assertThat(new JsonObject(out.toString(StandardCharsets.UTF_8)).getJsonArray("items"))
                .isEmpty();
        assertThat(run("", "inference", "endpoints")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("NAME  URL  MODEL  USABLE  AGE");
    }

    @Test
    void a_deployment_is_created_shown_scaled_and_deleted() throws IOException {
        String body = "{\"name\":\"web\",\"replicas\":2,\"spec\":{\"image\":\"a:1\"}}";
        String id = done(
                "deployments",
                "create",
                "-f",
                file("web.json", body.getBytes(StandardCharsets.UTF_8)).toString(),
                "-o",
                "name");
        assertThat(id).startsWith("dep_");
        assertThat(done("deployments", "list")).contains("web", id, "0/2");
        assertThat(done("deployments", "get", "web")).contains("id           " + id, "replica 1    ");
        assertThat(done("deployments", "scale", "web", "3")).isEqualTo("deployment web is to have 3 replicas");
        assertThat(done("deployments", "get", id, "-o", "json")).contains("\"replicas\" : 3");
        assertThat(done("deployments", "rollout", "status", "web")).isEqualTo("there was no update");
        assertThat(done("deployments", "rollout", "history", "web")).contains("GENERATION", "a:1");
        assertThat(refused(ApiFailure.CONFLICT, "deployments", "rollout", "undo", "web"))
                .contains("no generation before");
        assertThat(refused(ApiFailure.USAGE, "deployments", "rollout", "back", "web"))
                .contains("status, history or undo");
        assertThat(refused(ApiFailure.USAGE, "deployments", "scale", "web", "some"))
                .contains("must be a number");
        assertThat(refused(ApiFailure.NOT_FOUND, "deployments", "get", "we")).contains("we does not exist");
        assertThat(run(body, "deployments", "create", "-f", "-")).as(text(err)).isZero();
        assertThat(refused(ApiFailure.USAGE, "deployments", "get", "web")).contains("several deployments");
        assertThat(run("{", "deployments", "create", "-f", "-")).isEqualTo(ApiFailure.USAGE);
        assertThat(done("deployments", "delete", id)).contains("is being deleted");
        await().until(() -> !done("deployments", "list", "-o", "name").contains(id));
        done("deployments", "delete", "web");
    }

    @Test
    void a_secret_is_set_from_input_or_a_file_listed_and_deleted() throws IOException {
        assertThat(run(CANARY + "\n", "secrets", "set", "one", "--description", "for tests"))
                .as(text(err))
                .isZero();
        assertThat(text(out)).isEqualTo("secret one has version 1");
        Path file = file("value.txt", CANARY.getBytes(StandardCharsets.UTF_8));
        assertThat(done("secrets", "set", "one", "--from-file", file.toString()))
                .isEqualTo("secret one has version 2");
        assertThat(done("secrets", "list").lines())
                .first()
                .asString()
                .isEqualTo("NAME  VERSION  READABLE  UPDATED-BY  DESCRIPTION  AGE");
        assertThat(text(out))
                .contains("one   2        true      admin       for tests")
                .doesNotContain(CANARY);
        JsonObject json = new JsonObject(done("secrets", "list", "-o", "json"));
        assertThat(json.getJsonArray("items").encode())
                .contains("\"version\":2")
                .doesNotContain(CANARY);

        assertThat(refused(2, "secrets", "set", "one", CANARY)).contains("takes no argument");
        assertThat(refused(2, "secrets", "set", "one")).isEqualTo("aiwm: the value is empty");
        assertThat(refused(1, "secrets", "set", "one", "--from-file", "nowhere"))
                .contains("cannot be read from nowhere");
        assertThat(run("x", "secrets", "set", ".one")).isEqualTo(1);
        assertThat(text(err)).startsWith("aiwm: path:name: ");
        assertThat(run("x".repeat(70_000), "secrets", "set", "one")).isEqualTo(2);
        assertThat(text(err)).isEqualTo("aiwm: the value has more than 65536 bytes");

        assertThat(done("secrets", "rm", "one")).isEqualTo("secret one is deleted");
        assertThat(refused(3, "secrets", "rm", "one")).isEqualTo("aiwm: secret one does not exist");
        JsonObject problem = new JsonObject(refused(3, "secrets", "rm", "one", "-o", "json"));
        assertThat(problem.getInteger("status")).isEqualTo(404);
    }

    @Test
    void files_become_a_version_with_an_alias_and_are_estimated_and_deleted() throws IOException {
        String model = file("tiny.gguf", GgufWriter.llama().toBytes()).toString();
        String notes =
                file("notes.txt", "for people".getBytes(StandardCharsets.UTF_8)).toString();
        String url = done(
                "models",
                "upload",
                model,
                notes,
                "--name",
                "org/tiny",
                "--task",
                "text-generation",
                "--alias",
                "stable");
        assertThat(url).matches("http://127\\.0\\.0\\.1:\\d+/api/models/model_\\w+/versions/1");
        assertThat(text(err)).contains("tiny.gguf ", " 100%", "notes.txt ");
        assertThat(done("models", "list", "--text", "tiny")).contains("org/tiny  text-generation  1        READY");
        assertThat(done("models", "versions", "org/tiny")).containsPattern("1 +READY +2 +\\S+ +stable");
        assertThat(done("models", "show", "org/tiny")).contains("aliases      {\"stable\":1}");
        assertThat(done("models", "estimate", "org/tiny", "--context", "512")).contains("total   ", "fits    not now");
        assertThat(refused(2, "models", "estimate", "org/tiny", "--context", "many"))
                .contains("--context");
        assertThat(refused(1, "models", "estimate", "org/tiny", "--engine", "nothing"))
                .contains("/engine: ");
        assertThat(done("models", "alias", "org/tiny", "candidate")).isEqualTo("candidate means version 1 of org/tiny");
        assertThat(done("models", "alias", "--rm", "org/tiny", "candidate")).isEqualTo("alias candidate is removed");
        assertThat(refused(6, "models", "rm", "org/tiny", "--version", "1")).contains("an alias means this version");
        assertThat(done("models", "rm", "org/tiny", "--version", "1", "--force"))
                .contains("is deleted");
        assertThat(done("models", "rm", "org/tiny")).isEqualTo("model org/tiny is deleted");
        assertThat(refused(3, "models", "show", "org/tiny")).isEqualTo("aiwm: model org/tiny does not exist");
        assertThat(states()).as("states of uploads left behind").isEmpty();
    }

    private static List<String> states() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("state/aiwm/uploads"))) {
            return files.map(Path::toString).toList();
        }
    }

    @Test
    void an_upload_that_was_killed_goes_on_where_it_was() throws Exception {
        byte[] bytes = new byte[24 * MIB];
        new Random(4).nextBytes(bytes);
        Path file = file("large.bin", bytes);
        try (var way = new StallingProxy(vertx, controller.port())) {
            String[] upload = {"models", "upload", file.toString(), "--name", "large"};
            Map<String, String> environment = environment(way.port());
            way.stallAfter(10 * MIB);
            Process killed = process(environment, upload);
            await().atMost(Duration.ofSeconds(60)).until(() -> way.sent() >= 10 * MIB);
            killed.destroyForcibly();
            assertThat(killed.waitFor(20, TimeUnit.SECONDS)).isTrue();
            way.free();

            long before = way.sent();
            assertThat(run(environment, "", upload)).as(text(err)).isZero();
            assertThat(way.sent() - before).isLessThan(20 * MIB);
            assertThat(text(err)).doesNotContain("reads");
            JsonObject version = new JsonObject(done("models", "versions", "large", "-o", "json"))
                    .getJsonArray("items")
                    .getJsonObject(0);
            assertThat(version.getString("state")).isEqualTo("READY");
            assertThat(version.getInteger("number")).isEqualTo(1);
            assertThat(version.getLong("sizeBytes")).isEqualTo(bytes.length);
        }
    }

    private Process process(Map<String, String> environment, String... arguments) throws IOException {
        var builder = new ProcessBuilder(Stream.concat(
                                Stream.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-jar",
                                        AiwmProcess.jar().toString()),
                                Stream.of(arguments))
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("killed.log").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void a_connection_that_breaks_is_made_again() throws Exception {
        byte[] bytes = new byte[8 * MIB];
        Path file = file("broken.bin", bytes);
        try (var way = new StallingProxy(vertx, controller.port())) {
            way.stallAfter(3 * MIB);
            var broken = vertx.setPeriodic(50, tick -> {
                if (way.sent() >= 3 * MIB) {
                    vertx.cancelTimer(tick);
                    way.free();
                }
            });
            assertThat(run(
                            environment(way.port()),
                            "",
                            "models",
                            "upload",
                            file.toString(),
                            "--name",
                            "broken",
                            "--no-checksum"))
                    .as(text(err))
                    .isZero();
            assertThat(vertx.cancelTimer(broken)).as("was broken").isFalse();
            JsonObject model = new JsonObject(done("models", "versions", "broken", "-o", "json"));
            assertThat(model.encode()).contains("READY");
        }
        assertThat(Sha256.hex(bytes)).isNotBlank();
    }

    @Test
    void a_model_is_downloaded_with_the_token_of_a_secret() {
        hub.token = "hf_" + CANARY;
        try {
            assertThat(refused(1, "models", "download", hub.repo, "--name", "gated", "--secret", "hub"))
                    .isEqualTo("aiwm: /token/secret: secret hub does not exist");
            assertThat(run("hf_wrong", "secrets", "set", "hub")).isZero();
            assertThat(run("", "models", "download", hub.repo, "--name", "gated", "--secret", "hub"))
                    .isEqualTo(1);
            assertThat(text(err)).contains("401", "stored secret");
            assertThat(run(hub.token, "secrets", "set", "hub")).isZero();
            String url = done(
                    "models",
                    "download",
                    hub.repo,
                    "--name",
                    "gated",
                    "--secret",
                    "hub",
                    "--include",
                    "*.json",
                    "--alias",
                    "stable");
            assertThat(url).contains("/versions/2");
            assertThat(text(err)).contains("COMPLETED 100%").doesNotContain(CANARY);
            assertThat(done("models", "versions", "gated")).containsPattern("2 +READY +1 +2B +stable");
        } finally {
            hub.token = null;
        }
    }

    @Test
    void who_may_not_and_who_finds_nobody_is_told_so() {
        Map<String, String> stranger = environment(controller.port());
        stranger.put("AIWM_TOKEN", "nobody's");
        assertThat(run(stranger, "", "models", "list")).isEqualTo(4);
        assertThat(text(err)).contains("AIWM_TOKEN", "--token-file");
        assertThat(run(environment(AiwmProcess.freePort()), "", "models", "list"))
                .isEqualTo(1);
        assertThat(text(err)).contains("no controller answers at http://127.0.0.1:", "AIWM_ADDR");
        assertThat(refused(2, "models", "list", "--addr", "ftp://here")).contains("--addr must be http(s)://host:port");
        assertThat(refused(2, "models", "list", "-o", "yaml")).contains("--output is table, name or json");
        assertThat(refused(2, "models", "upload", "a")).contains("either --name or --model", "");
        assertThat(refused(2, "models", "show")).contains("MODEL");
        assertThat(refused(2, "models", "lst")).contains("did you mean list?");
        assertThat(run("", "models")).isEqualTo(2);
        assertThat(text(err)).contains("upload", "download", "Exit codes");
        assertThat(done("models", "upload", "--help").replaceAll("\\s+", " "))
                .contains(
                        "is continued when the same command is run again",
                        "--alias=ALIAS Means the version",
                        "--addr=URL");
    }
}
