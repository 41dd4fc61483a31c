package io.aiwm.worker.model;

import io.aiwm.boot.Config;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.WorkerSettings;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two servers of models and the cache of a worker. */
@Timeout(60)
abstract class ModelCacheRig {
    static final int SIZE = 200_000;

    @TempDir
    Path folder;

    final Map<String, Set<String>> users = new ConcurrentHashMap<>();
    Vertx vertx;
    ModelServer server;
    ModelServer other;
    Long cacheBytes = 0L;
    ModelHandlers handlers;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        server = new ModelServer(vertx);
        other = new ModelServer(vertx);
        handlers = handlers();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    JsonObject file(String path, int seed) {
        String sha256 = server.put("/" + seed, SIZE, seed);
        return new JsonObject()
                .put("path", path)
                .put("sha256", sha256)
                .put("sizeBytes", SIZE)
                .put(
                        "sources",
                        new JsonArray()
                                .add(new JsonObject().put("kind", "store").put("url", server.url("/" + seed))));
    }

    static JsonObject order(String name, String version, JsonObject... files) {
        return new JsonObject().put("name", name).put("version", version).put("files", new JsonArray(List.of(files)));
    }

    ModelHandlers handlers() {
        return new ModelHandlers(
                vertx,
                folder,
                WorkerSettings.policy("127.0.0.1"),
                new Config.ModelCache(cacheBytes, false, null, 0, 4),
                null,
                () -> Future.succeededFuture(Map.copyOf(users)));
    }

    List<NodeModel> held() throws Exception {
        return handlers.held().await(10, TimeUnit.SECONDS);
    }

    List<Path> files(String below) throws Exception {
        Path from = folder.resolve(below);
        if (!Files.exists(from)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(from)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    JsonObject run(JsonObject data) throws Exception {
        return run("model.cache", data);
    }

    JsonObject run(String name, JsonObject data) throws Exception {
        return handler(handlers, name)
                .run(command(data, Promise.<Void>promise().future()))
                .await(20, TimeUnit.SECONDS);
    }

    CommandFailure failure(JsonObject data) {
        return failure("model.cache", data);
    }

    CommandFailure failure(String name, JsonObject data) {
        try {
            handler(handlers, name)
                    .run(command(data, Promise.<Void>promise().future()))
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

    static Command command(JsonObject data, Future<Void> cancelled) {
        return new Command("ex_1.0.1", "model.cache", data, Instant.MAX, (percent, message) -> {}, cancelled);
    }

    static CommandHandler handler(ModelHandlers handlers, String name) {
        return handlers.all().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
