package io.aiwm.controller.orchestrator;

import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeDirectory;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Wires what executions call for to the workers, and what happens to workers to executions. */
public final class OrchestratorVerticle extends VerticleBase {
    /** Long enough for a short command's result to overtake its ack, too short for a person to notice. */
    private static final long NEWS_MILLIS = 100;

    private final Executions executions;
    private final NodeDirectory nodes;
    private final Dispatcher dispatcher;
    private final CommandInbox inbox;

    public OrchestratorVerticle(Executions executions, NodeDirectory nodes, Dispatcher dispatcher, CommandInbox inbox) {
        this.executions = executions;
        this.nodes = nodes;
        this.dispatcher = dispatcher;
        this.inbox = inbox;
    }

    @Override
    public Future<?> start() {
        executions.onWritten(dispatcher::written);
        nodes.onLost(nodeId -> executions.nodeLost(nodeId, "node " + nodeId + " is offline", () -> isLost(nodeId)));
        vertx.setPeriodic(NEWS_MILLIS, tick -> inbox.flush());
        return Future.succeededFuture();
    }

    /** Or deleted. */
    private boolean isLost(String nodeId) {
        Node node = nodes.find(nodeId);
        return node == null || node.isLost();
    }

    @Override
    public Future<?> stop() {
        boolean more;
        do {
            more = inbox.flush();
        } while (more);
        return Future.succeededFuture();
    }
}
