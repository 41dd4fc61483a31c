package io.aiwm.worker.docker;

import io.aiwm.boot.Config;
import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo.ContainerEngine;
import io.aiwm.protocol.SystemInfoContainerEngineBuilder;
import io.aiwm.worker.container.ContainerPlan;
import io.aiwm.worker.container.Engine;
import io.aiwm.worker.container.EngineContainer;
import io.aiwm.worker.container.EngineImage;
import io.aiwm.worker.container.ImageUse;
import io.aiwm.worker.container.Terminal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** The {@link Engine} that is a Docker Engine, over its socket: one class for each of its subjects. */
public final class DockerEngine implements Engine {
    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerStreams streams;
    private final DockerImages images;
    private final DockerCreation creation;
    private final DockerInspection inspection;
    private final DockerLifecycle lifecycle;
    private final DockerVolumes volumes;
    private final DockerExecs execs;
    private final DockerTerminals terminals;

    /** @param use is called with each image that is looked for or pulled */
    public DockerEngine(Vertx vertx, Config.Docker config, ImageUse use) {
        this.clients = new DockerClients(config.socket(), config.timeout());
        this.calls = new DockerCalls(vertx, config.timeout());
        this.streams = new DockerStreams(vertx, clients);
        var range = new HostPortRange(config.hostPortRange());
        this.images = new DockerImages(clients, calls, streams, use);
        this.creation = new DockerCreation(clients, calls, range);
        this.inspection = new DockerInspection(vertx, clients, calls, streams);
        this.lifecycle = new DockerLifecycle(clients, calls, inspection, range);
        this.volumes = new DockerVolumes(clients, calls, lifecycle);
        this.execs = new DockerExecs(clients, calls, streams);
        this.terminals = new DockerTerminals(clients, calls, streams, execs);
    }

    @Override
    public Future<ContainerEngine> info() {
        return calls.quick("ask what it is", () -> {
            var info = clients.quick().infoCmd().exec();
            var version = clients.quick().versionCmd().exec();
            List<String> runtimes = info.getRuntimes() == null
                    ? List.of()
                    : info.getRuntimes().keySet().stream().sorted().toList();
            return SystemInfoContainerEngineBuilder.builder()
                    .name("docker")
                    .version(version.getVersion())
                    .apiVersion(version.getApiVersion())
                    .runtimes(runtimes)
                    .reachable(true)
                    .root(info.getDockerRootDir())
                    .build();
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
        return creation.create(plan);
    }

    @Override
    public Future<Void> start(String containerId) {
        return lifecycle.start(containerId);
    }

    @Override
    public Future<Void> stop(String containerId, Duration grace) {
        return lifecycle.stop(containerId, grace);
    }

    @Override
    public Future<Void> mayNotRestart(String containerId) {
        return lifecycle.mayNotRestart(containerId);
    }

    @Override
    public Future<Void> mayRun(EngineContainer container) {
        return lifecycle.mayRun(container);
    }

    @Override
    public Future<Void> askToEnd(String containerId) {
        return lifecycle.askToEnd(containerId);
    }

    @Override
    public Future<Void> restart(String containerId, Duration grace) {
        return lifecycle.restart(containerId, grace);
    }

    @Override
    public Future<Void> remove(String containerId) {
        return lifecycle.remove(containerId);
    }

    @Override
    public Future<Optional<EngineContainer>> inspect(String idOrName) {
        return inspection.inspect(idOrName);
    }

    @Override
    public Future<List<EngineContainer>> list(Map<String, String> labels) {
        return inspection.list(labels);
    }

    @Override
    public Future<Optional<EngineContainer>> ended(String containerId) {
        return inspection.ended(containerId);
    }

    @Override
    public Future<Void> createVolume(String name, Map<String, String> labels) {
        return volumes.create(name, labels);
    }

    @Override
    public Future<Void> removeVolume(String name) {
        return volumes.remove(name);
    }

    @Override
    public Future<Map<String, Map<String, String>>> volumes(Map<String, String> labels) {
        return volumes.list(labels);
    }

    @Override
    public Future<Set<String>> unusedVolumes() {
        return volumes.unused();
    }

    @Override
    public Future<Void> fill(String containerName, String image, Map<String, String> labels, String volume, Path tar) {
        return volumes.fill(containerName, image, labels, volume, tar);
    }

    @Override
    public <T> Future<T> read(String containerId, String path, Reader<T> reader) {
        return inspection.read(containerId, path, reader);
    }

    @Override
    public Future<String> lastLines(String containerId, int lines) {
        return inspection.lastLines(containerId, lines);
    }

    @Override
    public Future<ExecEnd> exec(String containerId, List<String> command) {
        return execs.run(containerId, command);
    }

    @Override
    public Future<Terminal> terminal(String containerId, Terminal.Plan plan, Terminal.Listener listener) {
        return terminals.open(containerId, plan, listener);
    }

    @Override
    public Future<ContainerStats> stats(EngineContainer container) {
        return inspection.stats(container);
    }

    @Override
    public Subscription events(Map<String, String> labels, EventListener listener) {
        List<String> filter = labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .toList();
        return streams.events(filter, listener);
    }

    @Override
    public Future<Subscription> attach(String containerId, LogListener listener) {
        return streams.attach(containerId, listener);
    }

    @Override
    public Future<Subscription> feed(String containerId, byte[] input) {
        return streams.feed(containerId, input);
    }

    @Override
    public Subscription logs(String containerId, int tail, boolean stamped, LogListener listener) {
        return streams.logs(containerId, tail, stamped, listener);
    }

    @Override
    public void close() {
        calls.close();
        clients.close();
    }
}
