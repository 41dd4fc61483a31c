package io.aiwm.worker.container;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.Shells;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Our containers as the link and the sampler see them. Whatever carries other labels than ours is not there for it. */
public final class OwnedContainers implements Containers {
    private static final Logger LOG = LoggerFactory.getLogger(OwnedContainers.class);
    private static final Duration GRACE = Duration.ofSeconds(10);
    static final Duration COMPARE_EVERY = Duration.ofSeconds(30);

    private final Engine engine;
    private final ContainerOwner owner;
    private final Supplier<SystemInfo.Images> images;
    private final ContainerLogs logs;
    private final ContainerShells shells;
    private final StatusWatch watch;
    private boolean mayOpenShells = true;
    private volatile Consumer<DeploymentStatus> listener = status -> {};

    /** @param images what was brought to the engine; null: not known */
    public OwnedContainers(
            Vertx vertx,
            Engine engine,
            ContainerOwner owner,
            Supplier<SystemInfo.Images> images,
            ContainerProbes probes) {
        this(vertx, engine, owner, images, probes, COMPARE_EVERY);
    }

    /** @param compareEvery how often all containers are looked at, whether or not the engine has told anything */
    public OwnedContainers(
            Vertx vertx,
            Engine engine,
            ContainerOwner owner,
            Supplier<SystemInfo.Images> images,
            ContainerProbes probes,
            Duration compareEvery) {
        this.images = images;
        this.engine = engine;
        this.owner = owner;
        this.logs = new ContainerLogs(vertx, engine, new Replicas(engine, owner), owner);
        this.shells = new ContainerShells(vertx, engine, new Replicas(engine, owner));
        this.watch = new StatusWatch(vertx, engine, owner, probes, compareEvery, status -> listener.accept(status));
    }

    /** Opens no shells. Called before anything can ask for one. */
    public OwnedContainers withoutShells() {
        mayOpenShells = false;
        return this;
    }

    /** Begins to watch, on the current context. */
    public void start() {
        watch.start();
    }

    public Set<String> outOfMemory() {
        return watch.outOfMemory();
    }

    public void close() {
        watch.stop();
        logs.stopAll();
        shells.closeAll();
    }

    @Override
    public Future<List<NodeRegister.Running>> running() {
        return engine.list(owner.labels())
                .map(found -> found.stream()
                        .map(container -> new NodeRegister.Running(
                                container.label(ContainerLabels.COMMAND),
                                container.label(ContainerLabels.DEPLOYMENT),
                                container.replica(),
                                container.label(ContainerLabels.JOB),
                                container.id(),
                                container.status().state(),
                                container.label(ContainerLabels.DEPLOYMENT) != null && container.running()
                                        ? ContainerStatuses.ports(container)
                                        : null))
                        .toList());
    }

    /** Names of the containers, running or not, that mount each model, by {@code name} or {@code name@version}. */
    public Future<Map<String, Set<String>>> modelUsers() {
        return engine.list(owner.labels()).map(found -> {
            var users = new HashMap<String, Set<String>>();
            for (EngineContainer container : found) {
                String models = container.label(ContainerLabels.MODELS);
                for (String model : models == null ? new String[0] : models.split(",")) {
                    String deployment = container.label(ContainerLabels.DEPLOYMENT);
                    users.computeIfAbsent(model, key -> new TreeSet<>())
                            .add(container.name() + (deployment == null ? "" : " of deployment " + deployment));
                }
            }
            return users;
        });
    }

    @Override
    public Future<Void> stop(String containerId, String reason) {
        return engine.inspect(containerId).compose(found -> {
            if (found.isEmpty() || !owner.owns(found.get())) {
                return Future.succeededFuture();
            }
            LOG.info("removing container {}: {}", found.get().name(), reason);
            String command = found.get().label(ContainerLabels.COMMAND);
            boolean job = found.get().label(ContainerLabels.JOB) != null && command != null;
            return engine.stop(containerId, GRACE)
                    .compose(stopped -> engine.remove(containerId))
                    .compose(gone -> job ? engine.removeVolume(owner.jobVolume(command)) : Future.succeededFuture());
        });
    }

    @Override
    public Future<SystemInfo.ContainerEngine> info() {
        return engine.info()
                .map(info -> info.with(images.get()))
                .otherwise(cause -> new SystemInfo.ContainerEngine(
                        "docker",
                        null,
                        null,
                        List.of(),
                        false,
                        cause instanceof CommandFailure failure ? failure.error.message() : "the engine failed"));
    }

    @Override
    public Future<List<Metrics.ContainerStats>> stats(boolean replicasOnly) {
        return engine.list(owner.labels())
                .compose(found -> Future.join(found.stream()
                                .filter(EngineContainer::running)
                                .filter(one -> !replicasOnly || one.label(ContainerLabels.DEPLOYMENT) != null)
                                // One that ends meanwhile is left out, not a failure of all.
                                .map(one -> measured(one).otherwise((Metrics.ContainerStats) null))
                                .toList())
                        .map(all -> all.<Metrics.ContainerStats>list().stream()
                                .filter(Objects::nonNull)
                                .toList()))
                .otherwise(List.of());
    }

    private Future<Metrics.ContainerStats> measured(EngineContainer container) {
        Future<Metrics.ContainerStats> stats = engine.stats(container);
        return container.label(ContainerLabels.DEPLOYMENT) == null
                ? stats
                // a list of containers does not say how often they were restarted
                : Future.all(stats, engine.inspect(container.id())).map(both -> {
                    var seen = both.<Optional<EngineContainer>>resultAt(1);
                    return MetricsContainerStatsBuilder.builder(stats.result())
                            .restarts(seen.map(one -> one.status().restarts()).orElse(null))
                            .build();
                });
    }

    @Override
    public void onStatus(Consumer<DeploymentStatus> toTell) {
        listener = toTell;
        watch.tellAgain();
    }

    @Override
    public void followLogs(LogsFollow request, Consumer<LogChunk> sink) {
        logs.follow(request, sink);
    }

    @Override
    public void stopLogs(String streamId) {
        logs.stop(streamId);
    }

    @Override
    public Shells shells() {
        return mayOpenShells ? shells : Shells.none("this node opens no shells (worker.policy.allowShells is false)");
    }
}
