package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandProgress;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FilePut;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.protocol.ShellOutput;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A small engine: knows which command was given to which node, and remembers what was said of them. */
final class Recorder implements CommandEvents, NodeReports, FileRequests {
    final Map<String, String> givenTo = new ConcurrentHashMap<>();
    final List<String> heard = new CopyOnWriteArrayList<>();
    final List<String> ready = new CopyOnWriteArrayList<>();
    volatile Reconciliation answer = new Reconciliation(List.of(), List.of(), List.of(), List.of());

    private void hear(String nodeId, String what, String commandId) {
        if (nodeId.equals(givenTo.get(commandId))) {
            heard.add(nodeId + " " + what + " " + commandId);
        }
    }

    @Override
    public void acknowledged(String nodeId, CommandAck ack) {
        hear(nodeId, "ack", ack.commandId());
    }

    @Override
    public void progress(String nodeId, CommandProgress progress) {
        hear(nodeId, "progress", progress.commandId());
    }

    @Override
    public Future<Void> result(String nodeId, CommandResult result, String messageId) {
        if (!nodeId.equals(givenTo.get(result.commandId()))) {
            return Future.failedFuture(
                    new Failure(Failure.Kind.FORBIDDEN, "command " + result.commandId() + " is not this node's"));
        }
        hear(nodeId, "result", result.commandId());
        return Future.succeededFuture();
    }

    @Override
    public Future<Reconciliation> registered(String nodeId, NodeRegister registration) {
        return Future.succeededFuture(answer);
    }

    @Override
    public void ready(String nodeId) {
        ready.add(nodeId);
    }

    @Override
    public void deploymentStatus(String nodeId, DeploymentStatus status) {
        heard.add(nodeId + " status " + status.deploymentId());
    }

    @Override
    public void shell(String nodeId, ShellOutput output) {
        // no test of the gateway opens one
    }

    @Override
    public void logs(String nodeId, LogChunk chunk) {
        heard.add(nodeId + " logs " + chunk.streamId());
    }

    @Override
    public Future<RetentionKept> kept(String nodeId, RetentionAsk ask) {
        heard.add(nodeId + " retention " + ask.owners());
        return Future.succeededFuture(new RetentionKept(ask.askId(), List.of("nginx:1"), ask.owners()));
    }

    @Override
    public Future<FileAck> put(String nodeId, FilePut piece) {
        return nodeId.equals(givenTo.get(piece.commandId()))
                ? Future.succeededFuture(new FileAck(piece.commandId(), piece.kind(), piece.from(), 6, "file_1", null))
                : Future.failedFuture(new Failure(Failure.Kind.FORBIDDEN, "not this node's"));
    }

    @Override
    public Future<FileChunk> get(String nodeId, FileGet wish) {
        return nodeId.equals(givenTo.get(wish.commandId()))
                ? Future.succeededFuture(
                        new FileChunk(wish.commandId(), wish.fileId(), wish.from(), "aGVsbG8K", true, null))
                : Future.failedFuture(new Failure(Failure.Kind.FORBIDDEN, "not this node's"));
    }
}
