package io.aiwm.worker.docker;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommandBuilder;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.WorkerSettings;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.container.BindAddress;
import io.aiwm.worker.container.ContainerLabels;
import io.aiwm.worker.container.ContainerOwner;
import io.aiwm.worker.container.ContainerPlan;
import io.aiwm.worker.container.ContainerPolicy;
import io.aiwm.worker.container.ContainerProbes;
import io.aiwm.worker.container.DeploymentHandlers;
import io.aiwm.worker.container.Engine;
import io.aiwm.worker.container.EngineContainer;
import io.aiwm.worker.container.ImageUse;
import io.aiwm.worker.container.ModelVolumes;
import io.aiwm.worker.container.Readiness;
import io.aiwm.worker.container.Specs;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A real engine, and handlers that own everything with one label made up for the test; closing removes all of that. */
public final class EngineFixture implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(60);
    public static final Config.Policy STRICT = WorkerSettings.policy();

    final Vertx vertx = Vertx.vertx();
    final ContainerOwner owner = new ContainerOwner("test-" + Ids.next(""), "node-1");
    final String socket;
    final Engine engine;
    final DeploymentHandlers deployments;
    final KeyedQueue turns = new KeyedQueue();
    final ContainerProbes probes;

    EngineFixture() {
        this(defaultSocket());
    }

    /** What deployments mount of models. */
    volatile ModelVolumes models = ModelVolumes.NONE;

    EngineFixture(String socket) {
        this.socket = socket;
        var config = new Config.Docker(true, socket, Duration.ofSeconds(10), 256L << 20, 0, null, null);
        this.engine = new DockerEngine(vertx, config, ImageUse.NONE);
        this.probes = new ContainerProbes(vertx, engine, turns, Clock.systemUTC());
        this.deployments = handlers(config, turns, probes);
    }

    private DeploymentHandlers handlers(Config.Docker config, KeyedQueue turns, ContainerProbes probes) {
        var planner = new ContainerPlan.Planner(new ContainerPolicy(STRICT, socket), config);
        return new DeploymentHandlers(
                engine,
                planner,
                new BindAddress(vertx, () -> "127.0.0.1"),
                owner,
                (asked, command) -> models.provide(asked, command),
                turns,
                new Readiness(vertx, engine, probes, Clock.systemUTC()));
    }

    /** A second worker process of the same node, as after a restart: shares nothing in memory. */
    DeploymentHandlers anotherProcess() {
        var others = new KeyedQueue();
        return handlers(
                new Config.Docker(true, socket, Duration.ofSeconds(10), 256L << 20, 0, null, null),
                others,
                new ContainerProbes(vertx, engine, others, Clock.systemUTC()));
    }

    static String defaultSocket() {
        String host = System.getenv("DOCKER_HOST");
        return host == null || host.isBlank() ? "/var/run/docker.sock" : host;
    }

    /** A web server that the host reaches on a port the engine chooses. */
    static ContainerSpec web(int version) {
        return Specs.of(TestImages.web(version), List.of(), 80);
    }

    static ContainerSpec shell(String script) {
        return Specs.of(TestImages.web(1), List.of("sh", "-c", script), 0);
    }

    public Future<JsonObject> run(String name, String commandId, String deployment, ContainerSpec spec) {
        return run(deployments, command(commandId, name, deployment, spec, Future.future(never -> {})));
    }

    public static Future<JsonObject> run(DeploymentHandlers handlers, Command command) {
        CommandHandler handler = handlers.all().stream()
                .filter(candidate -> candidate.name().equals(command.name()))
                .findFirst()
                .orElseThrow();
        Promise<JsonObject> done = Promise.promise();
        handler.run(command).onComplete(done);
        return done.future();
    }

    Future<JsonObject> create(String commandId, String deployment, ContainerSpec spec) {
        return run(CommandNames.DEPLOYMENT_CREATE, commandId, deployment, spec);
    }

    public static Command command(
            String id, String name, String deployment, ContainerSpec spec, Future<Void> cancelled) {
        var data = DeploymentCommandBuilder.builder()
                .deploymentId(deployment)
                .deploymentName(deployment)
                .replica(0)
                .spec(spec)
                .graceMs(300L)
                .build();
        return new Command(
                id, name, Json.toObject(data), Instant.now().plusSeconds(60), (percent, words) -> {}, cancelled);
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException cause) {
            throw cause.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(cause.getCause());
        } catch (InterruptedException | TimeoutException cause) {
            throw new IllegalStateException("no answer within " + LIMIT, cause);
        }
    }

    /** The failure a future ends with. */
    public static CommandFailure failure(Future<?> future) {
        try {
            Object value = await(future);
            throw new AssertionError("expected a failure, got " + value);
        } catch (CommandFailure failure) {
            return failure;
        }
    }

    EngineContainer container(String id) {
        return await(engine.inspect(id)).orElseThrow();
    }

    /** How many containers this test has now, running or not. */
    int containers() {
        return await(engine.list(owner.labels())).size();
    }

    List<EngineContainer> list() {
        return await(engine.list(owner.labels()));
    }

    /** The page a web container answers with; empty when nothing answers. */
    static String page(JsonObject output) {
        int port = output.getJsonArray("ports").getJsonObject(0).getInteger("hostPort");
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (java.io.IOException cause) {
            return "";
        } catch (InterruptedException cause) {
            throw new IllegalStateException(cause);
        }
    }

    @Override
    public void close() {
        boolean absent = socket.startsWith("/") && !Files.exists(Path.of(socket));
        if (!absent) {
            TestImages.removeContainers(
                    socket.startsWith("/") ? "unix://" + socket : socket,
                    ContainerLabels.CLUSTER + "=" + owner.cluster());
        }
        engine.close();
        await(vertx.close());
    }
}
