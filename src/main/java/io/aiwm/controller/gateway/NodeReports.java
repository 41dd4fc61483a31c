package io.aiwm.controller.gateway;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.protocol.ShellOutput;
import io.vertx.core.Future;

/** What deployments want to hear from workers. The node id is the session's, never the message's. */
public interface NodeReports {

    void deploymentStatus(String nodeId, DeploymentStatus status);

    void logs(String nodeId, LogChunk chunk);

    void shell(String nodeId, ShellOutput output);

    /** What the node must not remove. Fails when that cannot be told, and then the node removes nothing. */
    Future<RetentionKept> kept(String nodeId, RetentionAsk ask);
}
