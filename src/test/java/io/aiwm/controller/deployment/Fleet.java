package io.aiwm.controller.deployment;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.deployment.engine.EngineTemplates;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Pins;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.FilesByHand;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.inference.Aliases;
import io.aiwm.controller.inference.Endpoints;
import io.aiwm.controller.job.Schedules;
import io.aiwm.controller.model.ModelContent;
import io.aiwm.controller.model.ModelEstimates;
import io.aiwm.controller.model.ModelServices;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileKind;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Deployments and executions over a real store, nodes by hand, and workers that do what the test tells them. */
public final class Fleet extends FleetNodes implements AutoCloseable {
    static final Config.Executions LIMITS = TestSettings.executions()
            .maxOpen(1000)
            .defaultTimeout(Duration.ofMinutes(10))
            .build();

    /** Few are kept, so that a test sees them go. */
    static final EventLog.Retention EVENTS = new EventLog.Retention(200, Duration.ofDays(30));

    public static final Config.Jobs JOBS =
            new Config.Jobs(1, 512L << 20, Duration.ofHours(1), 1_000_000, 1_000_000, 1_000_000);

    private static final Config.Models MODELS =
            new Config.Models(1L << 30, 0, 0, URI.create("https://hub.example"), null, List.of(), Duration.ofDays(1));
    public static final Config.Engines IMAGES = new Config.Engines(
            "engines/llama:1", "engines/llama-cuda:1", "engines/vllm:1", "engines/tgi:1", "engines/ollama:1");
    public final Vertx vertx = Vertx.vertx();
    public final SqliteStore store;
    public Executions executions;
    public Deployments deployments;
    public final IdempotencyKeys keys;
    public final Files files;
    public final ModelServices models;

    /** What workers say of a container besides its id and ports. */
    public JsonObject containerNow = new JsonObject();

    private final Path folder;

    public Fleet(Path folder) {
        this.folder = folder;
        store = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        var collections = new ArrayList<>(List.of(
                Executions.COLLECTION,
                Pins.COLLECTION,
                Deployments.COLLECTION,
                EventLog.COLLECTION,
                ChangeFeed.COLLECTION,
                IdempotencyKeys.COLLECTION,
                Schedules.COLLECTION,
                Files.COLLECTION));
        collections.addAll(Models.collections());
        collections.addAll(List.of(Aliases.COLLECTION, Endpoints.COLLECTION, StoredSecrets.COLLECTION));
        await(store.open(collections));
        keys = new IdempotencyKeys(store, now::get);
        var objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        await(objects.open());
        files = new Files(vertx, store, objects, now::get, JOBS);
        models = new ModelServices(vertx, store, objects, now::get, MODELS, true, new DeploymentModelUsers(store));
        restartController();
    }

    /** A new process on the same store: nothing in memory survives. */
    void restartController() {
        restartController(store);
    }

    void restartController(DocumentStore store) {
        lost.clear();
        executions = executionsOn(store);
        var maker = new SpecResolver(
                models.models(),
                new ModelEstimates(null, models.uses()),
                new EngineTemplates(IMAGES),
                RegistryPasswords.WITHOUT_SECRETS);
        deployments =
                new Deployments(store, executions, this, new EventLog(store, EVENTS, now::get), now::get, maker, false);
    }

    /** As another controller has them. */
    public Deployments deploymentsOfAnother() {
        var maker = new SpecResolver(
                models.models(),
                new ModelEstimates(null, models.uses()),
                new EngineTemplates(IMAGES),
                RegistryPasswords.WITHOUT_SECRETS);
        return new Deployments(
                store, executionsOn(store), this, new EventLog(store, EVENTS, now::get), now::get, maker, false);
    }

    /** As another controller has them. */
    public Executions executionsOn(DocumentStore store) {
        return new Executions(store, placer(), now::get, LIMITS, false);
    }

    /** As if a worker had sent it. */
    public void kept(String jobId, int attempt, FileKind kind, String content) {
        kept(files, jobId, attempt, kind, content);
    }

    public void kept(Files by, String jobId, int attempt, FileKind kind, String content) {
        kept(by, jobId, attempt, kind, content.getBytes(StandardCharsets.UTF_8));
    }

    public void kept(Files by, String jobId, int attempt, FileKind kind, byte[] content) {
        FilesByHand.arrived(by, folder, jobId, new CommandId(jobId, 0, attempt).toString(), kind, content);
    }

    /** As another controller has them, with a folder of its own; it answers this one. */
    public Files filesOfAnother() {
        var objects = new LocalObjectStore(vertx, folder.resolve("objects-of-another"));
        await(objects.open());
        var another = new Files(vertx, store, objects, now::get, JOBS);
        await(another.serve());
        return another;
    }

    /** A READY version of a model, which is made when there is none of that name. */
    public ModelVersion version(String model, String path, byte[] bytes) {
        var made = await(models.models().named(model, null, "ada"));
        var begun = await(models.models().addVersion(made, null, "ada"));
        var sent = new ModelContent.Sent(path, Sha256.hex(bytes), bytes.length, "ada");
        return await(models.content()
                .put(begun, sent, Pieces.of(vertx, Buffer.buffer(bytes), 1))
                .compose(models.content()::commit));
    }

    Deployment get(String id) {
        return await(deployments.get(id));
    }

    /** Waits until it is there: a record names its execution a moment before that is made. */
    Execution execution(String id) {
        return Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .ignoreExceptionsInstanceOf(Failure.class)
                .until(() -> await(executions.get(id)), Objects::nonNull);
    }

    /** Every worker does every command it is given, and again, until nothing is left to do. Returns what was done. */
    public List<String> work(String executionId) {
        return work(executionId, command -> null);
    }

    /** @param failing the error of a command, or null where it succeeds */
    public List<String> work(String executionId, java.util.function.Function<String, CommandError> failing) {
        var done = new ArrayList<String>();
        for (int round = 0; round < 20; round++) {
            Execution execution = execution(executionId);
            var open = execution.steps().stream()
                    .filter(step -> step.status().isOpenAttempt())
                    .toList();
            if (open.isEmpty()) {
                break;
            }
            for (Step step : open) {
                String command = step.spec().command();
                done.add(command + " on " + step.nodeId());
                finish(execution, step, execution.cancelAsked() ? null : failing.apply(command));
            }
        }
        return done;
    }

    void finish(Execution execution, Step step, CommandError error) {
        var id = new CommandId(execution.id(), step.spec().index(), step.attempt());
        var outcome = execution.cancelAsked() ? Outcome.cancelled : error == null ? Outcome.success : Outcome.failure;
        var output = new JsonObject()
                .mergeIn(containerNow)
                .put("containerId", "c-" + id)
                .put(
                        "ports",
                        new JsonArray()
                                .add(new JsonObject().put("containerPort", 80).put("hostPort", 32_000)));
        await(executions.acknowledged(id, step.nodeId(), new CommandAck(null, id.toString(), true, null)));
        await(executions.finished(
                id,
                step.nodeId(),
                new CommandResult(null, id.toString(), outcome, output, error, now.get(), now.get()),
                "m"));
    }

    static CommandError error(String message) {
        return new CommandError(ErrorCategory.INVALID, message, false);
    }

    /** A report about the container a command made. */
    static DeploymentStatus report(String deployment, String command, String state, String health, Integer exitCode) {
        return DeploymentStatusBuilder.builder()
                .deploymentId(deployment)
                .replica(0)
                .containerId("c-" + command)
                .commandId(command)
                .state(state)
                .health(health)
                .exitCode(exitCode)
                .oomKilled(exitCode != null && exitCode == 137)
                .restarts(0)
                .build();
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException cause) {
            throw new AssertionError("no answer in 20 s", cause);
        }
    }

    @Override
    public void close() {
        await(store.close());
        await(vertx.close());
    }
}
