package io.aiwm.worker.docker;

import io.aiwm.boot.Config;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.job.Sandbox;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;

/**
 * The worker's containers: watches them from start to stop, whether or not the engine is there yet. Made with all it
 * offers, so that {@link #handlers()} and {@link #containers()} can be handed on before it is deployed; deploy it once.
 * Containers go on running when it stops.
 */
public final class DockerExecutorVerticle extends VerticleBase {
    private final Engine engine;
    private final DeploymentHandlers deployments;
    private final DockerContainers containers;
    private final Sandbox sandbox;

    public DockerExecutorVerticle(
            Engine engine, DeploymentHandlers deployments, DockerContainers containers, Sandbox sandbox) {
        this.engine = engine;
        this.sandbox = sandbox;
        this.deployments = deployments;
        this.containers = containers;
    }

    /** With a Docker Engine, as the settings say. */
    public static DockerExecutorVerticle docker(
            Vertx vertx,
            Config.Docker docker,
            Config.Policy policy,
            BindAddress bindAddress,
            Owner owner,
            Clock clock) {
        Engine engine = new DockerEngine(vertx, docker);
        var gate = new ContainerPolicy(policy, docker.socket());
        var planner = new ContainerPlan.Planner(gate, docker);
        var containers = new DockerContainers(vertx, engine, owner);
        return new DockerExecutorVerticle(
                engine,
                new DeploymentHandlers(vertx, engine, planner, bindAddress, owner, clock),
                containers,
                new DockerSandbox(vertx, engine, new JobPlanner(gate, docker, owner), owner, containers.outOfMemory()));
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

    @Override
    public Future<?> start() {
        containers.start();
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
