package io.aiwm.worker.model;

import io.aiwm.boot.Config;
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
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two servers of models, one of them honest by halves, and a worker that fetches from them. */
@Timeout(30)
abstract class ModelFetchRig {
    @TempDir
    Path folder;

    final byte[] model = new byte[300_000];
    final List<String> asked = new CopyOnWriteArrayList<>();
    final List<String> credentials = new CopyOnWriteArrayList<>();
    volatile int breakAfter = -1;
    String sha256;
    Vertx vertx;
    HttpServer server;
    HttpServer elsewhere;

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

    HttpServer listen() throws Exception {
        return vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(this::serve)
                .listen()
                .await(10, TimeUnit.SECONDS);
    }

    void serve(HttpServerRequest request) {
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

    void serveModel(HttpServerRequest request, String range) {
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

    JsonObject data(String name, String path) {
        return new JsonObject().put("name", name).put("url", "http://127.0.0.1:" + server.actualPort() + path);
    }

    ModelHandlers allowing() {
        return handlers(WorkerSettings.policy("127.0.0.1"));
    }

    ModelHandlers handlers(Config.Policy policy) {
        return handlers(policy, null);
    }

    ModelHandlers handlers(Config.Policy policy, ControllerAddress controller) {
        return new ModelHandlers(
                vertx, folder, policy, WorkerSettings.models(), controller, () -> Future.succeededFuture(Map.of()));
    }

    /** All files under a folder of the models'. */
    List<Path> files(String below) throws Exception {
        Path from = folder.resolve(below);
        if (!Files.exists(from)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(from)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    JsonObject run(String name, JsonObject data) throws Exception {
        return run(allowing(), name, data);
    }

    JsonObject run(ModelHandlers handlers, String name, JsonObject data) throws Exception {
        return handler(handlers, name).run(command("a", data)).await(20, TimeUnit.SECONDS);
    }

    CommandFailure failure(String name, JsonObject data) {
        return failure(allowing(), name, data);
    }

    static CommandFailure failure(ModelHandlers handlers, String name, JsonObject data) {
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

    static CommandHandler handler(ModelHandlers handlers, String name) {
        return handlers.all().stream()
                .filter(handler -> handler.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static Command command(String id, JsonObject data) {
        return new Command(
                id,
                "model",
                data,
                Instant.MAX,
                (percent, message) -> {},
                Promise.<Void>promise().future());
    }
}
