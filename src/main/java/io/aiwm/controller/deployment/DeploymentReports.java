package io.aiwm.controller.deployment;

import io.aiwm.controller.gateway.NodeReports;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.shell.ShellSessions;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.aiwm.protocol.ShellOutput;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what the gateway hears of deployments to where it belongs. */
public final class DeploymentReports implements NodeReports {
    private static final Logger LOG = LoggerFactory.getLogger(DeploymentReports.class);
    private final Deployments deployments;
    private final LogStreams logs;
    private final ShellSessions shells;
    private final RetainedResources kept;

    public DeploymentReports(Deployments deployments, LogStreams logs, ShellSessions shells, RetainedResources kept) {
        this.deployments = deployments;
        this.logs = logs;
        this.shells = shells;
        this.kept = kept;
    }

    @Override
    public void deploymentStatus(String nodeId, DeploymentStatus status) {
        deployments
                .reported(nodeId, status)
                .onFailure(cause ->
                        LOG.warn("a report of node {} about {} is lost", nodeId, status.deploymentId(), cause));
    }

    @Override
    public void logs(String nodeId, LogChunk chunk) {
        logs.accept(nodeId, chunk);
    }

    @Override
    public void shell(String nodeId, ShellOutput output) {
        shells.accept(nodeId, output);
    }

    @Override
    public Future<RetentionKept> kept(String nodeId, RetentionAsk ask) {
        return kept.answer(nodeId, ask);
    }
}
