package io.aiwm.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.WorkerSettings;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ModelHandlersTest {
    @TempDir
    Path folder;

    private final byte[] model = new byte[300_000];
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> credentials = new CopyOnWriteArrayList<>();
    private volatile int breakAfter = -1;
    private String sha256;
    private Vertx vertx;
    private HttpServer server;
    private HttpServer elsewhere;

    @BeforeEach
    void start() throws Exception {
        new Random(1).nextBytes(model);
        sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(model));
        vertx = Vertx.vertx();
        server = listen();
        elsewhere = listen();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void a_model_is_fetched_checked_and_fetched_once() throws Exception {
        JsonObject output = run("model.download", data("llama", "/model").put("sha256", sha256));

        assertThat(Files.readAllBytes(Path.of(output.getString("path")))).isEqualTo(model);
        assertThat(output.getLong("sizeBytes")).isEqualTo(model.length);
        assertThat(output.getString("sha256")).isEqualTo(sha256);
        assertThat(output.getBoolean("cached")).isFalse();
        assertThat(run("model.cache", data("llama", "/model").put("sha256", sha256))
                        .getBoolean("cached"))
                .isTrue();
        assertThat(run("model.cache", new JsonObject().put("name", "llama")).getBoolean("cached"))
                .isTrue();
        assertThat(asked).hasSize(1);
    }

    @Test
    void a_broken_download_is_taken_up_where_it_stopped() throws Exception {
        breakAfter = 100_000;
        CommandFailure broken = failure("model.download", data("llama", "/model"));
        assertThat(broken.error.category()).isEqualTo(ErrorCategory.NETWORK);
        assertThat(broken.error.retryable()).isTrue();
        List<Path> half = files(".parts").stream()
                .filter(file -> !file.toString().endsWith(".json"))
                .toList();
        long here = Files.size(half.get(0));
        assertThat(here).isPositive();
        breakAfter = -1;

        JsonObject output = run("model.download", data("llama", "/model"));

        assertThat(asked.get(1)).isEqualTo("/model bytes=" + here + "-");
        assertThat(output.getString("sha256")).isEqualTo(sha256);
        assertThat(files(".parts")).isEmpty();
    }

    @Test
    void a_model_that_changed_meanwhile_is_fetched_from_the_beginning() throws Exception {
        breakAfter = 100_000;
        failure("model.download", data("llama", "/model"));
        breakAfter = -1;
        model[0]++;

        JsonObject output = run("model.download", data("llama", "/model"));

        assertThat(output.getString("sha256"))
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(model)));
    }

    @Test
    void a_wrong_checksum_leaves_nothing() throws Exception {
        CommandFailure wrong = failure("model.download", data("llama", "/model").put("sha256", "0".repeat(64)));

        assertThat(wrong.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(wrong.error.message()).contains(sha256);
        assertThat(files("")).isEmpty();
    }

    @Test
    void the_controllers_own_store_is_named_by_a_path_and_found_where_the_controller_is() throws Exception {
        Config.Policy strict = WorkerSettings.policy();
        ModelHandlers overSocket =
                handlers(strict, new ControllerAddress(URI.create(at(server, "ws") + "/ws/node"), null));
        overSocket.objects(null);
        ModelHandlers overBus = handlers(strict, null);

        CommandFailure unknown = failure(overBus, "model.cache", inStore("/objects/model?signature=a"));
        assertThat(unknown.error.message()).contains("is not known");
        CommandFailure elsewhere = failure(overSocket, "model.cache", inStore(at(this.elsewhere, "http") + "/model"));
        assertThat(elsewhere.error.category()).isEqualTo(ErrorCategory.POLICY);
        assertThat(asked).isEmpty();

        assertThat(run(overSocket, "model.cache", inStore("/objects/model?signature=a"))
                        .getString("source"))
                .isEqualTo("store");
        run(overSocket, "model.delete", new JsonObject().put("name", "llama"));
        overBus.objects(at(server, "http"));
        run(overBus, "model.cache", inStore("/objects/model?signature=b"));
        assertThat(asked).containsExactly("/objects/model", "/objects/model");
        assertThat(Files.readString(folder.resolve(".versions/llama/1.json"))).doesNotContain("signature");
    }

    private static String at(HttpServer server, String scheme) {
        return scheme + "://127.0.0.1:" + server.actualPort();
    }

    private JsonObject inStore(String url) {
        var source = new JsonObject().put("kind", "store").put("url", url);
        return new JsonObject()
                .put("name", "llama")
                .put("version", "1")
                .put("sha256", sha256)
                .put("sizeBytes", model.length)
                .put("sources", new JsonArray().add(source));
    }

    @Test
    void a_credential_follows_a_redirect_on_its_host_and_nowhere_else() throws Exception {
        run("model.download", data("one", "/redirect?to=/model").put("authorization", "Bearer hf_secret"));
        assertThat(credentials).containsExactly("Bearer hf_secret", "Bearer hf_secret");
        credentials.clear();

        run(
                "model.download",
                data("two", "/redirect?to=http://127.0.0.1:" + elsewhere.actualPort() + "/model")
                        .put("authorization", "Bearer hf_secret"));

        assertThat(credentials).containsExactly("Bearer hf_secret", "null");
    }

    @Test
    void redirects_end() {
        CommandFailure lost = failure("model.download", data("llama", "/redirect?to=/loop"));

        assertThat(lost.error.message()).contains("redirects");
        assertThat(asked).hasSize(4);
    }

    @Test
    void a_redirect_cannot_lead_inside() {
        CommandFailure inside = failure("model.download", data("llama", "/redirect?to=http://169.254.169.254/latest"));

        assertThat(inside.error.category()).isEqualTo(ErrorCategory.POLICY);
    }

    @Test
    void what_is_here_as_a_whole_is_told_after_every_download_and_deletion() throws Exception {
        var handlers = allowing();
        var told = new CopyOnWriteArrayList<List<NodeModel>>();
        handlers.onHeld(told::add);
        var llama = new NodeModel("org--llama", sha256, (long) model.length);
        var qwen = new NodeModel("qwen", sha256, (long) model.length);

        run(handlers, "model.download", data("qwen", "/model"));
        run(handlers, "model.download", data("org/llama", "/model"));
        run(handlers, "model.cache", new JsonObject().put("name", "qwen"));
        run(handlers, "model.delete", new JsonObject().put("name", "nobody"));
        Files.writeString(folder.resolve("half.part"), "half");
        Files.writeString(folder.resolve("half.part.json"), "{}");
        Files.writeString(folder.resolve("unknown"), "nobody says what this is");
        run(handlers, "model.delete", new JsonObject().put("name", "qwen"));

        var every = List.of(
                List.of(qwen), List.of(llama, qwen), List.of(llama, qwen), List.of(llama, qwen), List.of(llama));
        assertThat(told.stream().map(ModelHandlersTest::unused).toList()).isEqualTo(every);
        assertThat(unused(handlers.held().await(10, TimeUnit.SECONDS))).containsExactly(llama);
    }

    @Test
    void of_more_models_than_can_be_said_the_newest_are() throws Exception {
        assertThat(allowing().held().await(10, TimeUnit.SECONDS)).isEmpty();
        for (int i = 0; i <= NodeModel.MOST; i++) {
            Files.writeString(folder.resolve("m" + i), "x");
            Path about = Files.writeString(folder.resolve("m" + i + ".json"), "{\"url\":\"u\",\"sizeBytes\":1}");
            Files.setLastModifiedTime(about, FileTime.fromMillis(1_000_000L + i * 1_000L));
        }

        assertThat(allowing().held().await(10, TimeUnit.SECONDS))
                .hasSize(NodeModel.MOST)
                .extracting(NodeModel::name)
                .contains("m1", "m" + NodeModel.MOST)
                .doesNotContain("m0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/m",
                "http://localhost/m",
                "http://10.1.2.3/m",
                "http://172.16.0.1/m",
                "http://192.168.1.1/m",
                "http://169.254.169.254/m",
                "http://100.64.0.1/m",
                "http://0.0.0.0/m",
                "http://[::1]/m",
                "http://[::ffff:127.0.0.1]/m",
                "http://[fd00::1]/m",
                "http://[fe80::1]/m",
                "http://[64:ff9b::a00:1]/m",
                "http://2130706433/m"
            })
    void no_url_reaches_an_internal_address_unless_the_workers_own_policy_names_it(String url) throws Exception {
        var strict = handlers(WorkerSettings.policy());

        CommandFailure refused = failure(
                strict, "model.download", new JsonObject().put("name", "m").put("url", url));

        assertThat(refused.error.category()).isIn(ErrorCategory.POLICY, ErrorCategory.INVALID);
        assertThat(files("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "a/../../evil", "", ".hidden", "x.part", "a\u0000b", "a b", "-rf"})
    void no_name_leaves_the_folder(String name) throws Exception {
        CommandFailure refused = failure("model.download", data(name, "/model"));

        assertThat(refused.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(files("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://example.org/m", "http://user:pw@example.org/m", "nonsense"})
    void only_plain_web_addresses_are_fetched(String url) {
        CommandFailure refused =
                failure("model.download", new JsonObject().put("name", "m").put("url", url));

        assertThat(refused.error.category()).isEqualTo(ErrorCategory.INVALID);
    }

    @Test
    void what_is_not_there_is_not_found() {
        assertThat(failure("model.download", data("llama", "/nothing")).error.category())
                .isEqualTo(ErrorCategory.NOT_FOUND);
        assertThat(failure("model.cache", new JsonObject().put("name", "llama"))
                        .error
                        .category())
                .isEqualTo(ErrorCategory.NOT_FOUND);
    }

    @Test
    void deleting_twice_does_no_harm() throws Exception {
        run("model.download", data("org/llama", "/model"));

        assertThat(run("model.delete", new JsonObject().put("name", "org/llama"))
                        .getBoolean("deleted"))
                .isTrue();
        assertThat(run("model.delete", new JsonObject().put("name", "org/llama"))
                        .getBoolean("deleted"))
                .isFalse();
        assertThat(files("")).isEmpty();
    }

    @Test
    void two_commands_for_one_model_fetch_it_once() throws Exception {
        var handlers = allowing();
        var one = handler(handlers, "model.download").run(command("a", data("llama", "/model")));
        var two = handler(handlers, "model.download").run(command("b", data("llama", "/model")));

        Future.all(one, two).await(20, TimeUnit.SECONDS);

        assertThat(asked).hasSize(1);
    }

    @Test
    void a_cancelled_download_stops() {
        Promise<Void> cancel = Promise.promise();
        var command =
                new Command("a", "model.download", data("llama", "/slow"), Instant.MAX, (p, m) -> {}, cancel.future());
        Future<JsonObject> outcome = handler(allowing(), "model.download").run(command);
        Awaitility.await().until(() -> !asked.isEmpty());

        cancel.complete();

        Awaitility.await().until(outcome::failed);
    }

    /** Without when they were used. */
    private static List<NodeModel> unused(List<NodeModel> told) {
        return told.stream()
                .map(one -> new NodeModel(one.name(), one.sha256(), one.sizeBytes()))
                .toList();
    }

    private HttpServer listen() throws Exception {
        return vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(this::serve)
                .listen()
                .await(10, TimeUnit.SECONDS);
    }

    private void serve(HttpServerRequest request) {
        String range = request.getHeader("Range");
        asked.add(request.path() + (range == null ? "" : " " + range));
        credentials.add(String.valueOf(request.getHeader("Authorization")));
        var response = request.response();
        switch (request.path()) {
            case "/model", "/objects/model" -> serveModel(request, range);
            case "/redirect" ->
                response.setStatusCode(302)
                        .putHeader("Location", request.getParam("to"))
                        .end();
            case "/loop" ->
                response.setStatusCode(307).putHeader("Location", "/loop").end();
            case "/slow" -> response.putHeader("Content-Length", "1000").write("a few bytes");
            default -> response.setStatusCode(404).end();
        }
    }

    private void serveModel(HttpServerRequest request, String range) {
        String etag = "\"" + model[0] + "\"";
        boolean same = request.getHeader("If-Range") == null
                || request.getHeader("If-Range").equals(etag);
        int from = range != null && same ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
        var response = request.response().putHeader("ETag", etag);
        if (from > 0) {
            response.setStatusCode(206)
                    .putHeader("Content-Range", "bytes " + from + "-" + (model.length - 1) + "/" + model.length);
        }
        var rest = Buffer.buffer(model).slice(from, model.length);
        if (breakAfter < 0) {
            response.end(rest);
            return;
        }
        response.putHeader("Content-Length", String.valueOf(rest.length()));
        // the connection is cut once what was sent has had time to arrive
        response.write(rest.slice(0, breakAfter))
                .onSuccess(sent ->
                        vertx.setTimer(200, ignored -> request.connection().close()));
    }

    private JsonObject data(String name, String path) {
        return new JsonObject().put("name", name).put("url", "http://127.0.0.1:" + server.actualPort() + path);
    }

    private ModelHandlers allowing() {
        return handlers(WorkerSettings.policy("127.0.0.1"));
    }

    private ModelHandlers handlers(Config.Policy policy) {
        return handlers(policy, null);
    }

    private ModelHandlers handlers(Config.Policy policy, ControllerAddress controller) {
        return new ModelHandlers(
                vertx, folder, policy, WorkerSettings.models(), controller, () -> Future.succeededFuture(Map.of()));
    }

    /** All files under a folder of the models'. */
    private List<Path> files(String below) throws Exception {
        Path from = folder.resolve(below);
        if (!Files.exists(from)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(from)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private JsonObject run(String name, JsonObject data) throws Exception {
        return run(allowing(), name, data);
    }

    private JsonObject run(ModelHandlers handlers, String name, JsonObject data) throws Exception {
        return handler(handlers, name).run(command("a", data)).await(20, TimeUnit.SECONDS);
    }

    private CommandFailure failure(String name, JsonObject data) {
        return failure(allowing(), name, data);
    }

    private static CommandFailure failure(ModelHandlers handlers, String name, JsonObject data) {
        try {
            handler(handlers, name)
                    .run(command("a", data))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            return (CommandFailure) failed.getCause();
        } catch (Exception unexpected) {
            throw new AssertionError(unexpected);
        }
        throw new AssertionError("it succeeded");
    }

    private static CommandHandler handler(ModelHandlers handlers, String name) {
        return handlers.all().stream()
                .filter(handler -> handler.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Command command(String id, JsonObject data) {
        return new Command(
                id,
                "model",
                data,
                Instant.MAX,
                (percent, message) -> {},
                Promise.<Void>promise().future());
    }
}
