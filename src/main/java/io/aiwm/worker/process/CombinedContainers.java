package io.aiwm.worker.process;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.Shells;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A worker's containers, and beside them the jobs that are plain processes. */
public final class CombinedContainers implements Containers {
    private final Containers containers;
    private final ProcessSandbox processes;
    private final ProcessLogs logs;

    public CombinedContainers(Containers containers, ProcessSandbox processes, ProcessLogs logs) {
        this.containers = containers;
        this.processes = processes;
        this.logs = logs;
    }

    @Override
    public Future<List<NodeRegister.Running>> running() {
        // an engine that cannot be reached does not hide the processes
        return Future.join(containers.running().otherwise(List.of()), processes.running())
                .map(both -> {
                    var all = new ArrayList<NodeRegister.Running>(both.resultAt(0));
                    all.addAll(both.<List<NodeRegister.Running>>resultAt(1));
                    return all;
                });
    }

    @Override
    public Future<Void> stop(String containerId, String reason) {
        return processes
                .running()
                .compose(all -> all.stream()
                        .filter(one -> one.containerId().equals(containerId))
                        .findFirst()
                        .map(one -> processes.remove(one.commandId()))
                        .orElseGet(() -> containers.stop(containerId, reason)));
    }

    @Override
    public Future<SystemInfo.ContainerEngine> info() {
        return containers.info();
    }

    @Override
    public Future<List<Metrics.ContainerStats>> stats(boolean replicasOnly) {
        return containers.stats(replicasOnly);
    }

    @Override
    public void onStatus(Consumer<DeploymentStatus> listener) {
        containers.onStatus(listener);
    }

    @Override
    public void followLogs(LogsFollow request, Consumer<LogChunk> sink) {
        if (logs.more(request)) {
            return;
        }
        if (request.commandId() == null) {
            containers.followLogs(request, sink);
            return;
        }
        processes.commands().onComplete(found -> {
            if (found.succeeded() && found.result().contains(request.commandId())) {
                logs.follow(request, sink);
            } else {
                containers.followLogs(request, sink);
            }
        });
    }

    @Override
    public void stopLogs(String streamId) {
        logs.stop(streamId);
        containers.stopLogs(streamId);
    }

    @Override
    public Shells shells() {
        return containers.shells();
    }
}
