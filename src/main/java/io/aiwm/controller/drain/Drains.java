package io.aiwm.controller.drain;

import io.aiwm.common.Failure;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.drain.DrainItem.State;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.Drain;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeMaintenance;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties nodes. That a node is being drained stands in its record; everything else is found anew at each look, so a look
 * may be repeated, made by any controller, or be the first of a controller that has just begun.
 */
public final class Drains {
    private static final Logger LOG = LoggerFactory.getLogger(Drains.class);

    private final IsolatedForEach drains = new IsolatedForEach(LOG, "the drain of node");
    private final Nodes nodes;
    private final NodeMaintenance maintenance;
    private final Executions executions;
    private final Deployments deployments;
    private final InstantSource clock;

    public Drains(
            Nodes nodes,
            NodeMaintenance maintenance,
            Executions executions,
            Deployments deployments,
            InstantSource clock) {
        this.nodes = nodes;
        this.maintenance = maintenance;
        this.executions = executions;
        this.deployments = deployments;
        this.clock = clock;
    }

    /**
     * Begins to empty a node, or sets other terms for what is under way. Succeeds when the node takes nothing new any more;
     * the work leaves after that. See {@link NodeMaintenance#drain}.
     */
    public Future<DrainProgress> start(String nodeId, Duration time, boolean force, String message, String actor) {
        return maintenance.drain(nodeId, time, force, message, actor).compose(node -> {
            LOG.info(
                    "node {} is drained by {}: deadline {}, force {}",
                    nodeId,
                    actor,
                    node.drain().deadline(),
                    force);
            look(node).onFailure(cause -> LOG.warn("the drain of node {} waits for the sweep", nodeId, cause));
            return progress(nodeId);
        });
    }

    /** Ends a drain; what has left stays where it is. Nothing happens when there is none. Fails with NOT_FOUND. */
    public Future<Void> stop(String nodeId) {
        return maintenance.stopDrain(nodeId).mapEmpty();
    }

    /** Fails with NOT_FOUND when there is no such node, or it was not drained since it was opened. */
    public Future<DrainProgress> progress(String nodeId) {
        return nodes.get(nodeId).compose(node -> {
            if (node.drain() == null) {
                return Future.failedFuture(Failure.notFound("drain of node", nodeId));
            }
            return found(node).map(look -> progress(node, look));
        });
    }

    /** A sweep: one look at every node that is being drained. */
    public Future<Void> run() {
        var draining = nodes.all().stream().filter(Node::draining).toList();
        return drains.all(draining, Node::id, this::look).mapEmpty();
    }

    /** Nothing happens when the node was deleted meanwhile. */
    private Future<Void> look(Node node) {
        return lookNow(node)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    private Future<Void> lookNow(Node node) {
        return found(node).compose(look -> {
            boolean done = look.done(node);
            Drain drain = node.drain();
            int total = Math.max(
                    drain.total() == null ? 0 : drain.total(), look.items().size());
            return maintenance
                    .drainSeen(node.id(), drain, total, done)
                    .onSuccess(after -> {
                        if (done && !after.draining()) {
                            LOG.info("node {} is drained", node.id());
                        }
                    })
                    .compose(after -> after.draining() ? act(after, look) : Future.succeededFuture());
        });
    }

    private Future<DrainPlan> found(Node node) {
        var deployed = deployments.find(
                Query.where(Query.Condition.eq(Deployments.NODES, node.id())).limit(Query.MAX_LIMIT));
        return executions
                .openOn(node.id())
                .compose(open -> deployed.map(page -> DrainPlan.at(node, open, page.items(), clock.instant())));
    }

    private Future<Void> act(Node node, DrainPlan look) {
        var acts = new ArrayList<Future<?>>();
        String why = "node " + node.id() + " is drained"
                + (node.drain().message() == null ? "" : ": " + node.drain().message());
        look.evict().forEach(command -> acts.add(executions.evict(command, ErrorCategory.DRAINED, why)));
        look.move().forEach(id -> acts.add(deployments.move(id, node.id())));
        look.stop()
                .forEach(id ->
                        acts.add(deployments.stopOn(id, node.id(), node.drain().actor())));
        look.stuck().forEach(one -> acts.add(deployments.placeAnew(one.resourceId(), one.id())));
        acts.forEach(act -> act.onFailure(
                cause -> LOG.debug("something on node {} does not leave yet: {}", node.id(), cause.getMessage())));
        return Future.join(acts).<Void>mapEmpty().otherwiseEmpty();
    }

    private static DrainProgress progress(Node node, DrainPlan look) {
        Drain drain = node.drain();
        int remaining = look.items().size();
        int total = Math.max(drain.total() == null ? 0 : drain.total(), remaining);
        return DrainProgressBuilder.builder()
                .nodeId(node.id())
                .state(drain.underWay() ? "DRAINING" : drain.outcome().name())
                .startedAt(drain.startedAt())
                .deadline(drain.deadline())
                .force(drain.force())
                .message(drain.message())
                .actor(drain.actor())
                .finishedAt(drain.finishedAt())
                .complete(total - remaining)
                .migrating(look.count(State.MIGRATING))
                .blocked(look.count(State.BLOCKED))
                .remaining(remaining)
                .items(look.items())
                .build();
    }
}
