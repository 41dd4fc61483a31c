package io.aiwm.worker.docker;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.core.InvocationBuilder.AsyncResultCallback;
import io.aiwm.boot.Config;
import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo.ContainerEngine;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.ContainerLabels;
import io.aiwm.worker.container.ContainerPlan;
import io.aiwm.worker.container.Engine;
import io.aiwm.worker.container.EngineContainer;
import io.aiwm.worker.container.EngineImage;
import io.aiwm.worker.container.ImageNames;
import io.aiwm.worker.container.ImageUse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * The {@link Engine} that is a Docker Engine, over its socket. Docker answers 304 to start and stop when there is nothing
 * to do, and 404 to the removal of what is gone; both are success here.
 */
public final class DockerEngine implements Engine {
    private static final Duration STATS_LIMIT = Duration.ofSeconds(5);

    /** How often, and how soon after one another, something is asked for that someone else's call holds up. */
    private static final int TRIES = 600;

    private static final long PAUSE_MILLIS = 100;
    /** Between two looks at an engine that does not answer. */
    private static final long ENGINE_PAUSE_MILLIS = 1_000;

    private final Vertx vertx;
    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerStreams streams;
    private final DockerImages images;

    /** @param use hears which images it is asked for */
    public DockerEngine(Vertx vertx, Config.Docker config, ImageUse use) {
        this.vertx = vertx;
        this.clients = new DockerClients(config.socket(), config.timeout());
        this.calls = new DockerCalls(vertx, config.timeout());
        this.streams = new DockerStreams(vertx, clients);
        this.images = new DockerImages(clients, calls, streams, use);
    }

    @Override
    public Future<ContainerEngine> info() {
        return calls.quick("ask what it is", () -> {
            var info = clients.quick().infoCmd().exec();
            var version = clients.quick().versionCmd().exec();
            List<String> runtimes = info.getRuntimes() == null
                    ? List.of()
                    : info.getRuntimes().keySet().stream().sorted().toList();
            return new ContainerEngine(
                    "docker",
                    version.getVersion(),
                    version.getApiVersion(),
                    runtimes,
                    true,
                    null,
                    info.getDockerRootDir(),
                    null);
        });
    }

    @Override
    public Future<Optional<String>> imageId(String image) {
        return images.id(image);
    }

    @Override
    public Future<List<EngineImage>> images() {
        return images.all();
    }

    @Override
    public Future<Void> removeImage(String nameOrId) {
        return images.remove(nameOrId);
    }

    @Override
    public Future<Void> pull(
            String image, RegistryAuth auth, BiConsumer<Integer, String> progress, Future<Void> cancelled) {
        return images.pull(image, auth, progress, cancelled);
    }

    @Override
    public Future<EngineContainer> create(ContainerPlan plan) {
        return create(plan, TRIES);
    }

    /**
     * A name is taken a moment before its container can be seen, and a moment longer: another process of this node, or one
     * that was killed, may have asked for it. Until there is something to see it is asked for again.
     */
    private Future<EngineContainer> create(ContainerPlan plan, int tries) {
        return calls.quick("create the container", () -> {
                    try {
                        return Optional.of(inspectNow(makeNow(plan)));
                    } catch (ConflictException taken) {
                        return adoptNow(plan, taken, tries == 1);
                    }
                })
                .compose(made -> made.isPresent()
                        ? Future.succeededFuture(made.get())
                        : vertx.timer(PAUSE_MILLIS).compose(later -> create(plan, tries - 1)));
    }

    private Optional<EngineContainer> adoptNow(ContainerPlan plan, ConflictException taken, boolean last) {
        EngineContainer there;
        try {
            there = inspectNow(plan.name());
        } catch (NotFoundException unseen) {
            if (last) {
                throw taken;
            }
            return Optional.empty();
        }
        if (plan.commandId().equals(there.label(ContainerLabels.COMMAND))
                && plan.specHash().equals(there.label(ContainerLabels.SPEC_HASH))) {
            return Optional.of(there);
        }
        throw new CommandFailure(
                ErrorCategory.CONFLICT,
                "container " + plan.name() + " exists and is not what this command makes; remove it by hand");
    }

    private String makeNow(ContainerPlan plan) {
        var spec = plan.spec();
        var command = clients.quick()
                .createContainerCmd(ImageNames.withTag(spec.image()))
                .withName(plan.name())
                .withLabels(plan.labels())
                .withEnv(DockerRequests.environment(plan))
                .withExposedPorts(DockerRequests.exposedPorts(spec))
                .withHostConfig(DockerRequests.hostConfig(plan));
        if (spec.command() != null && !spec.command().isEmpty()) {
            command.withCmd(spec.command());
        }
        if (spec.entrypoint() != null && !spec.entrypoint().isEmpty()) {
            command.withEntrypoint(spec.entrypoint());
        }
        if (spec.user() != null) {
            command.withUser(spec.user());
        }
        if (plan.job() != null) {
            command.withWorkingDir(plan.job().workDir());
        } else if (spec.workDir() != null) {
            command.withWorkingDir(spec.workDir());
        }
        if (spec.stopSignal() != null) {
            command.withStopSignal(spec.stopSignal());
        }
        if (spec.healthCheck() != null) {
            command.withHealthcheck(DockerRequests.healthCheck(spec.healthCheck()));
        }
        return command.exec().getId();
    }

    @Override
    public Future<Void> start(String containerId) {
        // Slow: an engine under load, or with many mounts, takes its time here.
        return calls.slow("start the container", Duration.ofMinutes(1), () -> {
            try {
                clients.patient().startContainerCmd(containerId).exec();
            } catch (NotModifiedException runs) {
                return null;
            }
            return null;
        });
    }

    @Override
    public Future<Void> stop(String containerId, Duration grace) {
        return calls.slow("stop the container", grace, () -> {
            try {
                clients.patient()
                        .stopContainerCmd(containerId)
                        .withTimeout(seconds(grace))
                        .exec();
            } catch (NotModifiedException ended) {
                keepStopped(containerId);
                return null;
            } catch (NotFoundException gone) {
                return null;
            }
            keepStopped(containerId);
            return null;
        });
    }

    @Override
    public Future<Void> mayRun(EngineContainer container) {
        return !"always".equals(container.label(ContainerLabels.RESTART))
                ? Future.succeededFuture()
                : calls.quick("set its restart policy", () -> {
                    clients.quick()
                            .updateContainerCmd(container.id())
                            .withRestartPolicy(RestartPolicy.alwaysRestart())
                            .exec();
                    return null;
                });
    }

    /** With "always" it would be started by an engine that starts. */
    private void keepStopped(String containerId) {
        try {
            var host = clients.quick().inspectContainerCmd(containerId).exec().getHostConfig();
            boolean always = host != null
                    && host.getRestartPolicy() != null
                    && "always".equals(host.getRestartPolicy().getName());
            if (always) {
                clients.quick()
                        .updateContainerCmd(containerId)
                        .withRestartPolicy(RestartPolicy.unlessStoppedRestart())
                        .exec();
            }
        } catch (NotFoundException gone) {
            // then nothing can start it
        }
    }

    @Override
    public Future<Void> askToEnd(String containerId) {
        return calls.quick("ask the container to end", () -> {
            try {
                String signal = DockerViews.stopSignal(
                        clients.quick().inspectContainerCmd(containerId).exec());
                clients.quick().killContainerCmd(containerId).withSignal(signal).exec();
            } catch (ConflictException | NotFoundException ended) {
                return null;
            }
            return null;
        });
    }

    @Override
    public Future<Void> restart(String containerId, Duration grace) {
        return calls.slow("restart the container", grace.plusMinutes(1), () -> {
            clients.patient()
                    .restartContainerCmd(containerId)
                    .withTimeout(seconds(grace))
                    .exec();
            return null;
        });
    }

    @Override
    public Future<Void> remove(String containerId) {
        return inspect(containerId)
                .compose(found -> remove(containerId, TRIES)
                        .compose(gone -> found.isEmpty()
                                ? Future.succeededFuture()
                                : removeVolumes(found.get().volumes().values())));
    }

    /** Of those it took over from another container the engine does not know that they are anonymous. */
    private Future<Void> removeVolumes(Collection<String> volumes) {
        return volumes.isEmpty()
                ? Future.succeededFuture()
                : calls.quick("remove its volumes", () -> {
                    for (String volume : volumes) {
                        try {
                            clients.quick().removeVolumeCmd(volume).exec();
                        } catch (NotFoundException | ConflictException done) {
                            // gone with its container, or another container has taken it over
                        }
                    }
                    return null;
                });
    }

    /** While someone else's removal is under way it is still there, and that removal may fail: asked again until gone. */
    private Future<Void> remove(String containerId, int tries) {
        return calls.slow("remove the container", Duration.ofMinutes(1), () -> isRemoved(containerId, tries == 1))
                .compose(gone -> gone
                        ? Future.succeededFuture()
                        : vertx.timer(PAUSE_MILLIS).compose(later -> remove(containerId, tries - 1)));
    }

    private boolean isRemoved(String containerId, boolean last) {
        try {
            clients.patient()
                    .removeContainerCmd(containerId)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
            return true;
        } catch (NotFoundException gone) {
            return true;
        } catch (ConflictException under) {
            if (last || !String.valueOf(under.getMessage()).contains("already in progress")) {
                throw under;
            }
            return false;
        }
    }

    @Override
    public Future<Optional<EngineContainer>> inspect(String idOrName) {
        return calls.quick("look at the container", () -> {
            try {
                return Optional.of(inspectNow(idOrName));
            } catch (NotFoundException none) {
                return Optional.empty();
            }
        });
    }

    private EngineContainer inspectNow(String idOrName) {
        return DockerViews.of(clients.quick().inspectContainerCmd(idOrName).exec());
    }

    @Override
    public Future<List<EngineContainer>> list(Map<String, String> labels) {
        return calls.quick(
                "list containers",
                () -> clients.quick().listContainersCmd().withShowAll(true).withLabelFilter(labels).exec().stream()
                        .map(DockerViews::of)
                        .sorted(Comparator.comparing(EngineContainer::createdAt).reversed())
                        .toList());
    }

    @Override
    public Future<Optional<EngineContainer>> ended(String containerId) {
        return inspect(containerId)
                .recover(cause -> again(cause) ? Future.succeededFuture(null) : Future.failedFuture(cause))
                .compose(found -> {
                    boolean known = found != null;
                    if (known && (found.isEmpty() || hasEnded(found.get()))) {
                        return Future.succeededFuture(found);
                    }
                    // the wait ends with the container, or with the engine: either way it is looked at again
                    return (known ? streams.wait(containerId) : Future.<Void>succeededFuture())
                            .transform(done -> vertx.timer(done.succeeded() && known ? 1 : ENGINE_PAUSE_MILLIS))
                            .compose(later -> ended(containerId));
                });
    }

    private static boolean hasEnded(EngineContainer container) {
        return container.state().equals("exited") || container.state().equals("dead");
    }

    private static boolean again(Throwable cause) {
        return cause instanceof CommandFailure failure
                && (failure.error.category() == ErrorCategory.ENGINE_UNREACHABLE
                        || failure.error.category() == ErrorCategory.TIMEOUT);
    }

    @Override
    public Future<Void> createVolume(String name, Map<String, String> labels) {
        return calls.quick("create a volume", () -> {
            clients.quick().createVolumeCmd().withName(name).withLabels(labels).exec();
            return null;
        });
    }

    @Override
    public Future<Void> removeVolume(String name) {
        return calls.quick("remove a volume", () -> {
            try {
                clients.quick().removeVolumeCmd(name).exec();
            } catch (NotFoundException gone) {
                return null;
            }
            return null;
        });
    }

    @Override
    public Future<Map<String, Map<String, String>>> volumes(Map<String, String> labels) {
        List<String> wanted = labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .toList();
        return calls.quick("list volumes", () -> {
            var all = new HashMap<String, Map<String, String>>();
            var found = clients.quick()
                    .listVolumesCmd()
                    .withFilter("label", wanted)
                    .exec()
                    .getVolumes();
            if (found != null) {
                found.forEach(volume ->
                        all.put(volume.getName(), volume.getLabels() == null ? Map.of() : volume.getLabels()));
            }
            return all;
        });
    }

    @Override
    public Future<Set<String>> unusedVolumes() {
        return calls.quick("list volumes", () -> {
            var found = clients.quick()
                    .listVolumesCmd()
                    .withDanglingFilter(true)
                    .exec()
                    .getVolumes();
            return found == null
                    ? Set.of()
                    : found.stream().map(InspectVolumeResponse::getName).collect(Collectors.toSet());
        });
    }

    @Override
    public Future<Void> fill(String containerName, String image, Map<String, String> labels, String volume, Path tar) {
        return remove(containerName)
                .compose(clear -> calls.slow("unpack the inputs", DockerClients.PATIENCE, () -> {
                    var mount = new Mount()
                            .withType(MountType.VOLUME)
                            .withSource(volume)
                            .withTarget("/" + FILL);
                    String id = clients.patient()
                            .createContainerCmd(ImageNames.withTag(image))
                            .withName(containerName)
                            .withLabels(labels)
                            .withEntrypoint("/never-started")
                            .withHostConfig(HostConfig.newHostConfig()
                                    .withNetworkMode("none")
                                    .withMounts(List.of(mount)))
                            .exec()
                            .getId();
                    try (InputStream in = new BufferedInputStream(Files.newInputStream(tar))) {
                        clients.patient()
                                .copyArchiveToContainerCmd(id)
                                .withRemotePath("/")
                                .withTarInputStream(in)
                                .exec();
                    }
                    return null;
                }))
                .transform(filled -> remove(containerName)
                        .transform(gone -> filled.failed()
                                ? Future.failedFuture(filled.cause())
                                : Future.<Void>succeededFuture()));
    }

    @Override
    public <T> Future<T> read(String containerId, String path, Reader<T> reader) {
        return calls.slow("read " + path, DockerClients.PATIENCE, () -> {
            try (InputStream tar = clients.patient()
                    .copyArchiveFromContainerCmd(containerId, path)
                    .exec()) {
                return reader.read(tar);
            } catch (NotFoundException none) {
                return null;
            }
        });
    }

    @Override
    public Future<String> lastLines(String containerId, int lines) {
        return calls.quick("read the log", () -> DockerStreams.lastLines(clients.quick(), containerId, lines));
    }

    @Override
    public Future<ContainerStats> stats(EngineContainer container) {
        return calls.slow("measure the container", STATS_LIMIT, () -> {
            try (var sample = new AsyncResultCallback<Statistics>()) {
                clients.patient().statsCmd(container.id()).withNoStream(true).exec(sample);
                return DockerViews.of(container, sample.awaitResult());
            } catch (IOException cause) {
                throw new CommandFailure(ErrorCategory.ENGINE_UNREACHABLE, "statistics ended early; try again");
            }
        });
    }

    @Override
    public Subscription events(Map<String, String> labels, EventListener listener) {
        String[] filter = labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .toArray(String[]::new);
        return streams.events(Arrays.asList(filter), listener);
    }

    @Override
    public Future<Subscription> attach(String containerId, LogListener listener) {
        return streams.attach(containerId, listener);
    }

    @Override
    public Subscription logs(String containerId, int tail, boolean stamped, LogListener listener) {
        return streams.logs(containerId, tail, stamped, listener);
    }

    private static int seconds(Duration grace) {
        return (int) Math.min(grace.plusMillis(999).toSeconds(), DockerClients.PATIENCE.toSeconds());
    }

    @Override
    public void close() {
        calls.close();
        clients.close();
    }
}
