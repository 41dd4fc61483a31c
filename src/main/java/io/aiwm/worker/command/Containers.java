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
 * What the worker's link and sampler want of the container engine, whichever it is; the commands that make containers
 * are handlers of their own. Safe to call from any thread; callbacks come on any thread and must not block.
 */
public interface Containers {

    /** Every container with this node's labels, running or not. Fails with {@link CommandFailure} when unreachable. */
    Future<List<NodeRegister.Running>> running();

    /** Stops and removes a container the controller no longer wants. Succeeds when it is gone (or never was). */
    Future<Void> stop(String containerId, String reason);

    /** What the engine is; never fails: an unreachable one says so in {@code reachable} and {@code error}. */
    Future<SystemInfo.ContainerEngine> info();

    /**
     * What our containers use now; empty when the engine cannot be reached.
     *
     * @param replicasOnly those of deployments alone
     */
    Future<List<Metrics.ContainerStats>> stats(boolean replicasOnly);

    /** Calls back (one listener) whenever the engine says that one of our containers changed. */
    void onStatus(Consumer<DeploymentStatus> listener);

    /**
     * Sends a log in chunks, at most {@code credit} of them; asked again with the same stream id it only adds credit.
     * The last chunk has {@code end}, with an error where there is no such container.
     */
    void followLogs(LogsFollow request, Consumer<LogChunk> sink);

    /** Ends a log stream; harmless when there is none. */
    void stopLogs(String streamId);

    /** Shells in our containers. */
    Shells shells();
}
