package io.aiwm.controller.deployment;

import io.aiwm.common.EachAlone;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.ClaimHolder;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only writer of deployments. Every action is one write that names the execution it wants, and then that execution:
 * whoever finds the first without the second ({@link DeploymentSweep}, another controller) makes it, once.
 */
public final class Deployments {
    private static final Logger LOG = LoggerFactory.getLogger(Deployments.class);
    private static final String NAME = "deployments";
    static final String SYSTEM = "system";

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME,
                    List.of(
                            Field.text("status"),
                            Field.text("name"),
                            Field.text("container.nodeId"),
                            Field.time(Query.CREATED)))
            .telling();

    private final EachAlone each = new EachAlone(LOG, "deployment");
    private final Records<Deployment> records;
    private final Executions executions;
    private final NodeDirectory nodes;
    private final InstantSource clock;
    private final DeploymentReconciler steps;
    private final HostPorts hostPorts;
    private final DeploymentActions actions;
    private final DeploymentMoves moves;
    private final ContainerReports reports;
    private DeploymentClaims claims;

    /** @param exclusive whether this process is the only one that writes deployments */
    public Deployments(
            DocumentStore store, Executions executions, NodeDirectory nodes, InstantSource clock, boolean exclusive) {
        this.records = new Records<>(
                store,
                NAME,
                Deployment.class,
                Records.Shape.of(Deployment::id, Deployment::version, Deployment::withVersion),
                kept -> false,
                exclusive);
        this.executions = executions;
        this.nodes = nodes;
        this.clock = clock;
        this.steps = new DeploymentReconciler(records, executions, nodes, clock);
        this.hostPorts = new HostPorts(records, nodes);
        this.actions = new DeploymentActions(records, nodes, steps, hostPorts, clock);
        this.moves = new DeploymentMoves(records, steps, clock);
        this.reports = new ContainerReports(records, executions, clock);
        executions.onFinished(this::ended);
        executions.onWritten(reports::waits);
        nodes.onLost(nodeId -> nodeLost(nodeId).onFailure(cause -> LOG.warn("deployments of {}", nodeId, cause)));
    }

    /** Tells this of what every deployment holds of its node, from now on. Succeeds when all there are have been told. */
    public Future<Void> trackClaims(ClaimHolder holder) {
        if (claims == null) {
            claims = new DeploymentClaims(records, executions, holder, clock);
            records.onWritten((before, after) -> claims.heard(after));
            records.onDeleted(claims::gone);
        }
        return claims.rebuild();
    }

    /** Whether a deployment holds something of a node, as it is stored now. Fails with NOT_FOUND. */
    public Future<Boolean> holdsOn(String id, String nodeId) {
        return records.get(id).compose(seen -> DeploymentClaims.isOn(seen, nodeId, executions));
    }

    /** Calls back after every durable write with the record before (null: new) and after it. */
    public void onWritten(BiConsumer<Deployment, Deployment> listener) {
        records.onWritten(listener);
    }

    /**
     * Fails with UNPROCESSABLE naming everything that is wrong, or CONFLICT when a host port is taken wherever it could
     * go; nothing is stored then.
     */
    public Future<Deployment> create(DeploymentRequest request, String actor) {
        return create(Ids.next("dep"), request, actor);
    }

    /** The same under an id of the caller's choice; fails with CONFLICT when it is taken. */
    public Future<Deployment> create(String id, DeploymentRequest request, String actor) {
        Deployment wanted = checked(id, request, actor);
        return hostPorts
                .check(null, request.nodeId(), request.spec())
                .compose(free -> records.insert(wanted))
                .compose(steps::begin);
    }

    /** The record that it will be. Fails with UNPROCESSABLE. */
    Deployment checked(String id, DeploymentRequest request, String actor) {
        DeploymentRules.check(request);
        DeploymentNodes.requireKnown(nodes, request.nodeId());
        var now = clock.instant();
        return DeploymentBuilder.builder()
                .id(id)
                .version(1)
                .name(request.name())
                .spec(request.spec())
                .model(request.model())
                .placement(request.placement())
                .replicas(1)
                .desired(Desired.RUNNING)
                .status(DeploymentState.PENDING)
                .traces(List.of())
                .lastExecutionId(Ids.next("ex"))
                .actor(actor)
                .createdAt(now)
                .updatedAt(now)
                .build();
    }

    /** Fails with NOT_FOUND. */
    public Future<Deployment> get(String id) {
        return records.get(id);
    }

    public Future<Records.Page<Deployment>> find(Query query) {
        return records.find(query);
    }

    public Future<Long> count(List<Query.Condition> where) {
        return records.count(where);
    }

    /** Runs it again. Fails with CONFLICT unless it is stopped or failed, or when another has its host port by now. */
    public Future<Deployment> start(String id, String actor) {
        return actions.start(id, actor);
    }

    /** Stops it, after ending what else is being done to it. Fails with CONFLICT when it is stopped or being deleted. */
    public Future<Deployment> stop(String id, String actor) {
        return actions.stop(id, actor);
    }

    /** See {@link DeploymentActions#restart}. */
    public Future<Deployment> restart(String id, boolean pull, String actor) {
        return actions.restart(id, pull, actor);
    }

    /** See {@link DeploymentActions#update}. */
    public Future<Deployment> update(String id, DeploymentRequest request, Long version, String actor) {
        return actions.update(id, request, version, actor);
    }

    /**
     * Removes its container and then the record, after ending what else is being done to it. While its node is offline
     * it stays DELETING. Repeating it is harmless.
     */
    public Future<Deployment> delete(String id, String actor) {
        return actions.delete(id, actor);
    }

    /** See {@link DeploymentMoves#move}. */
    public Future<Deployment> move(String id, String from) {
        return moves.move(id, from);
    }

    /** Whether it may run on another node than the one it is on. */
    public static boolean movable(Deployment deployment) {
        return DeploymentMoves.movable(deployment);
    }

    /** See {@link DeploymentMoves#placeAnew}. */
    public Future<Deployment> placeAnew(String id, String executionId) {
        return moves.placeAnew(id, executionId);
    }

    /** See {@link DeploymentMoves#beforeRetry}. */
    public Future<Void> beforeRetry(Execution execution) {
        return moves.beforeRetry(execution);
    }

    /** A worker says what a container does. Of another node, or of an old command, it changes nothing. */
    public Future<Void> reported(String nodeId, DeploymentStatus report) {
        return reports.reported(nodeId, report)
                .compose(seen -> seen == null ? Future.succeededFuture() : stoppedAgain(seen));
    }

    /** What shall not run and does is stopped, not removed: it keeps what it wrote. */
    private Future<Void> stoppedAgain(Deployment told) {
        if (!DeploymentTransitions.runsUnasked(told)) {
            return Future.succeededFuture();
        }
        return records.update(
                        told.id(),
                        seen -> DeploymentTransitions.runsUnasked(seen)
                                ? seen.change()
                                        .execution(Ids.next("ex"), null, SYSTEM)
                                        .status(
                                                DeploymentState.STOPPING,
                                                ReasonCode.RAN_AGAIN.because("its container ran again"))
                                        .at(clock.instant())
                                        .done()
                                : seen)
                .compose(steps::begin)
                .mapEmpty();
    }

    /**
     * Whether a container that a registering node brought is to be kept: false for one of a deleted, moved, superseded or
     * unknown deployment. Also takes it as a report of what that container does.
     */
    public Future<Boolean> keeps(String nodeId, NodeRegister.Running brought) {
        return reports.keeps(nodeId, brought)
                .compose(keep -> keep && brought.deploymentId() != null
                        ? records.get(brought.deploymentId())
                                .recover(Deployments::gone)
                                .compose(seen -> seen == null ? Future.<Void>succeededFuture() : stoppedAgain(seen))
                                .map(keep)
                        : Future.succeededFuture(keep));
    }

    /** Takes the next step of a deployment that waits for something; harmless at any time. Null when it is deleted. */
    Future<Deployment> push(String id) {
        return steps.push(id);
    }

    /** See {@link DeploymentReconciler#begin}. */
    Future<Deployment> begin(Deployment written) {
        return steps.begin(written);
    }

    /** Does to a deployment what a lost, or returned, node means for it; harmless at any time. */
    Future<Deployment> lookAtNode(Deployment seen) {
        return steps.lookAtNode(seen);
    }

    private Future<Void> nodeLost(String nodeId) {
        return records.find(Query.where(
                                Query.Condition.eq("container.nodeId", nodeId),
                                Query.Condition.in(
                                        "status",
                                        List.of(DeploymentState.RUNNING.name(), DeploymentState.DEGRADED.name())))
                        .limit(Query.MAX_LIMIT))
                .compose(page -> each.all(page.items(), Deployment::id, steps::lookAtNode))
                .mapEmpty();
    }

    private void ended(Execution execution) {
        if (DeploymentPlans.RESOURCE_TYPE.equals(execution.resourceType()) && execution.resourceId() != null) {
            records.get(execution.resourceId())
                    .compose(seen -> steps.after(seen, execution))
                    .recover(Deployments::gone)
                    .onFailure(cause -> LOG.warn("deployment {} waits for the sweep", execution.resourceId(), cause));
        }
    }

    static <T> Future<T> gone(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Future.succeededFuture() : Future.failedFuture(cause);
    }
}
