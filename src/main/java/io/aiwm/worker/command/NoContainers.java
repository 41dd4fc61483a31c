package io.aiwm.worker.command;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;

/**
 * A worker without a container engine: it has no containers, and says why.
 *
 * @param why for the user, e.g. "docker is switched off (docker.enabled)"
 */
public record NoContainers(String why) implements Containers {

    @Override
    public Future<List<NodeRegister.Running>> running() {
        return Future.succeededFuture(List.of());
    }

    @Override
    public Future<Void> stop(String containerId, String reason) {
        return Future.succeededFuture();
    }

    @Override
    public Future<SystemInfo.ContainerEngine> info() {
        return Future.succeededFuture(new SystemInfo.ContainerEngine("none", null, null, List.of(), false, why));
    }

    @Override
    public Future<List<Metrics.ContainerStats>> stats(boolean replicasOnly) {
        return Future.succeededFuture(List.of());
    }

    @Override
    public void onStatus(Consumer<DeploymentStatus> listener) {
        // nothing ever changes
    }

    @Override
    public void followLogs(LogsFollow request, Consumer<LogChunk> sink) {
        sink.accept(new LogChunk(null, request.streamId(), 0, "", "stdout", true, why));
    }

    @Override
    public void stopLogs(String streamId) {
        // there is no stream
    }

    @Override
    public Shells shells() {
        return Shells.none(why);
    }
}
