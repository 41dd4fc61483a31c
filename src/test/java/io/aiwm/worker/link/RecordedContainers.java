package io.aiwm.worker.link;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.Shells;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** An engine with one container, that remembers what was asked of it. */
final class RecordedContainers implements Containers {
    volatile int found = 1;
    final List<String> stopped = new CopyOnWriteArrayList<>();
    volatile Consumer<DeploymentStatus> listener;

    @Override
    public Future<List<NodeRegister.Running>> running() {
        return Future.succeededFuture(Collections.nCopies(
                found, new NodeRegister.Running("ex.0.1", "dep-1", 0, null, "container-1", "running")));
    }

    @Override
    public Future<Void> stop(String containerId, String reason) {
        stopped.add(containerId);
        return Future.succeededFuture();
    }

    @Override
    public Future<SystemInfo.ContainerEngine> info() {
        return Future.succeededFuture(
                new SystemInfo.ContainerEngine("docker", "20.10", "1.41", List.of("runc"), true, null));
    }

    @Override
    public Future<List<Metrics.ContainerStats>> stats(boolean replicasOnly) {
        return Future.succeededFuture(List.of());
    }

    @Override
    public void onStatus(Consumer<DeploymentStatus> toTell) {
        listener = toTell;
    }

    @Override
    public void followLogs(LogsFollow request, Consumer<LogChunk> sink) {
        sink.accept(new LogChunk(null, request.streamId(), 0, "a line\n", "stdout", true, null));
    }

    @Override
    public void stopLogs(String streamId) {
        stopped.add(streamId);
    }

    @Override
    public Shells shells() {
        return Shells.none("this engine has no shells");
    }
}
