package io.aiwm.worker.docker;

import io.aiwm.boot.Config;
import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.RetentionQuestion;
import io.aiwm.worker.container.BindAddress;
import io.aiwm.worker.container.ContainerOwner;
import io.aiwm.worker.container.ContainerPlan;
import io.aiwm.worker.container.ContainerPolicy;
import io.aiwm.worker.container.ContainerProbes;
import io.aiwm.worker.container.ContainerSandbox;
import io.aiwm.worker.container.DeploymentHandlers;
import io.aiwm.worker.container.Engine;
import io.aiwm.worker.container.JobPlanner;
import io.aiwm.worker.container.ModelVolumes;
import io.aiwm.worker.container.NodeRetention;
import io.aiwm.worker.container.OwnedContainers;
import io.aiwm.worker.container.OwnedImages;
import io.aiwm.worker.container.Readiness;
import io.aiwm.worker.job.Sandbox;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The worker's containers: watches them from start to stop, whether or not the engine is there yet. Made with all it
 * offers, so that {@link #handlers()} and {@link #containers()} can be handed on before it is deployed; deploy it once.
 * Containers go on running when it stops.
 */
public final class DockerExecutorVerticle extends VerticleBase {
    private static final long FIRST_RETENTION_MS = 60_000;
    private static final long RETENTION_MS = 600_000;

    private final Engine engine;
    private final DeploymentHandlers deployments;
    private final OwnedContainers containers;
    private final Sandbox sandbox;
    private final NodeRetention retention;

    private DockerExecutorVerticle(
            Engine engine,
            DeploymentHandlers deployments,
            OwnedContainers containers,
            Sandbox sandbox,
            NodeRetention retention) {
        this.engine = engine;
        this.retention = retention;
        this.sandbox = sandbox;
        this.deployments = deployments;
        this.containers = containers;
    }

    /**
     * With a Docker Engine, as the settings say.
     *
     * @param models what containers mount of this node's models
     * @param record file of what this worker brought to the engine
     * @param ask the controller what must stay, as {@link RetentionQuestion}
     */
    public static DockerExecutorVerticle docker(
            Vertx vertx,
            Config.Worker settings,
            BindAddress bindAddress,
            ContainerOwner owner,
            ModelVolumes models,
            Path record,
            Function<List<String>, Future<RetentionKept>> ask,
            Clock clock) {
        Config.Docker docker = settings.docker();
        var brought = new OwnedImages(record, clock);
        Engine engine = new DockerEngine(vertx, docker, brought);
        var retention = new NodeRetention(vertx, engine, owner, brought, settings.images(), ask, clock);
        var gate = new ContainerPolicy(settings.policy(), docker.socket());
        var planner = new ContainerPlan.Planner(gate, docker);
        var turns = new KeyedQueue();
        var probes = new ContainerProbes(vertx, engine, turns, clock);
        var containers = new OwnedContainers(vertx, engine, owner, retention::report, probes);
        if (!settings.policy().allowShells()) {
            containers.withoutShells();
        }
        return new DockerExecutorVerticle(
                engine,
                new DeploymentHandlers(
                        engine,
                        planner,
                        bindAddress,
                        owner,
                        models,
                        turns,
                        new Readiness(vertx, engine, probes, clock)),
                containers,
                new ContainerSandbox(
                        vertx, engine, new JobPlanner(gate, docker, owner), owner, containers.outOfMemory()),
                retention);
    }

    /** What jobs run in. */
    public Sandbox sandbox() {
        return sandbox;
    }

    public List<CommandHandler> handlers() {
        return deployments.all();
    }

    public Containers containers() {
        return containers;
    }

    /** See {@link OwnedContainers#modelUsers}. */
    public Future<Map<String, Set<String>>> modelUsers() {
        return containers.modelUsers();
    }

    @Override
    public Future<?> start() {
        containers.start();
        vertx.setPeriodic(FIRST_RETENTION_MS, RETENTION_MS, now -> retention.run());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        containers.close();
        return vertx.executeBlocking(() -> {
            engine.close();
            return null;
        });
    }
}
