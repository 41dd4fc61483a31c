package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.failure;
import static io.aiwm.worker.docker.EngineFixture.page;
import static io.aiwm.worker.docker.EngineFixture.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.WorkerSettings;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.OwnedContainers;
import io.aiwm.worker.model.ModelHandlers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Containers of the engine of this machine with a model of the node's cache. */
@Timeout(120)
class ModelMountIT {
    private static final String PAGE = "aiwm model\n";

    @TempDir
    Path folder;

    private final EngineFixture test = new EngineFixture();
    private final Vertx vertx = Vertx.vertx();
    private final Promise<Void> released = Promise.promise();
    private ModelHandlers models;
    private int port;

    @BeforeEach
    void start() throws Exception {
        port = vertx.createHttpServer()
                .requestHandler(request -> {
                    if (request.path().equals("/slow")) {
                        released.future().onSuccess(go -> request.response().end(PAGE));
                    } else {
                        request.response().end(PAGE);
                    }
                })
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS)
                .actualPort();
        var containers = new OwnedContainers(test.vertx, test.engine, test.owner, () -> null, test.probes);
        models = new ModelHandlers(
                vertx,
                folder,
                WorkerSettings.policy("127.0.0.1"),
                new Config.ModelCache(0L, false, null, 0, 4),
                null,
                containers::modelUsers);
        test.models = models;
    }

    @AfterEach
    void cleanUp() throws Exception {
        test.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void a_container_waits_for_its_model_reads_it_and_cannot_change_it() throws Exception {
        Future<JsonObject> coming = cache("/slow");
        Future<JsonObject> made = test.create("ex1.0.1", "d1", serving());
        assertThat(made.isComplete()).isFalse();
        assertThat(test.containers()).isZero();

        released.complete();

        JsonObject output = await(made);
        await(coming);
        Awaitility.await().untilAsserted(() -> assertThat(page(output)).isEqualTo(PAGE));
        Path file = Path.of(await(coming).getString("path")).resolve("index.html");
        assertThat(file).hasContent(PAGE);
        var inspected = test.engine.inspect(output.getString("containerId"));
        assertThat(await(inspected).orElseThrow().labels()).containsEntry("aiwm.models", "site@1");
        String touched = await(test.create(
                        "ex1.1.1",
                        "d2",
                        withModel(EngineFixture.shell("touch /models/site/new 2>&1; echo over; sleep 60"))))
                .getString("containerId");
        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(await(test.engine.lastLines(touched, 5))).contains("Read-only file system", "over"));
    }

    @Test
    void while_a_container_has_it_running_or_not_the_model_stays() throws Exception {
        await(cache("/site"));
        await(test.create("ex1.0.1", "d1", serving()));
        await(test.run(CommandNames.DEPLOYMENT_STOP, "ex1.1.1", "d1", null));

        CommandFailure refused = failure(run(CommandNames.MODEL_DELETE, new JsonObject().put("name", "site")));

        assertThat(refused.error.category()).isEqualTo(ErrorCategory.CONFLICT);
        assertThat(refused.error.message()).contains("site@1", "of deployment d1");
        await(test.run(CommandNames.DEPLOYMENT_DELETE, "ex1.2.1", "d1", null));
        assertThat(await(run(CommandNames.MODEL_DELETE, new JsonObject().put("name", "site")))
                        .getBoolean("deleted"))
                .isTrue();
    }

    @Test
    void a_model_that_is_not_here_and_does_not_come_is_not_found_and_nothing_is_made() {
        CommandFailure refused = failure(test.create("ex1.0.1", "d1", serving()));

        assertThat(refused.error.category()).isEqualTo(ErrorCategory.NOT_FOUND);
        assertThat(refused.error.message()).contains("site@1");
        assertThat(test.containers()).isZero();
    }

    private Future<JsonObject> cache(String path) {
        var file = new JsonObject()
                .put("path", "index.html")
                .put("sha256", Sha256.hex(PAGE.getBytes(StandardCharsets.UTF_8)))
                .put("sizeBytes", PAGE.length())
                .put(
                        "sources",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("kind", "store")
                                        .put("url", "http://127.0.0.1:" + port + path)));
        return run(
                CommandNames.MODEL_CACHE,
                new JsonObject().put("name", "site").put("version", "1").put("files", new JsonArray().add(file)));
    }

    private Future<JsonObject> run(String name, JsonObject data) {
        return models.all().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow()
                .run(new Command("ex_9.0.1", name, data, Instant.MAX, (p, m) -> {}, Future.future(never -> {})));
    }

    /** A web server whose page is the model's file. */
    private static ContainerSpec serving() {
        JsonObject spec = Json.toObject(web(1));
        return withModel(Json.decode(
                spec.put("command", new JsonArray().add("sh").add("-c").add("httpd -f -p 80 -h /models/site")),
                ContainerSpec.class));
    }

    private static ContainerSpec withModel(ContainerSpec spec) {
        var model = new JsonObject().put("name", "site").put("version", "1");
        var volume = new JsonObject().put("model", model).put("target", "/models/site");
        return Json.decode(Json.toObject(spec).put("volumes", new JsonArray().add(volume)), ContainerSpec.class);
    }
}
