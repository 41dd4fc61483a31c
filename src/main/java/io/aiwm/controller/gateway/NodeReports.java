package io.aiwm.controller.gateway;

import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.LogChunk;

/** What deployments want to hear from workers. The node id is the session's, never the message's. */
public interface NodeReports {

    void deploymentStatus(String nodeId, DeploymentStatus status);

    void logs(String nodeId, LogChunk chunk);
}
