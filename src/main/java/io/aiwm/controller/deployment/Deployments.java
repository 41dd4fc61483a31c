package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.eventlog.EventLog;
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
    static final String NAME = "deployments";
    public static final String SYSTEM = "system";
    /** The field of a record that names the nodes where containers of it are. */
    public static final String NODES = "nodeIds";
    /** The field of a record that names the kept models it needs, and their versions. */
    static final String MODELS = "modelIds";

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME,
                    List.of(
                            Field.text("status"),
                            Field.text("name"),
                            Field.texts(NODES),
                            Field.texts(MODELS),
                            Field.text(DeploymentUpgrade.FIELD),
                            Field.time(Query.CREATED)))
            .telling();

    private final IsolatedForEach each = new IsolatedForEach(LOG, "deployment");
    private final Records<Deployment> records;
    private final Executions executions;
    private final ReplicaNodes places;
    private final InstantSource clock;
    private final ReplicaRecords replicas;
    private final ReplicaReconciler single;
    private final DeploymentReconciler steps;
    private final HostPorts hostPorts;
    private final DeploymentActions actions;
    private final RolloutActions rollouts;
    private final DeploymentMoves moves;
    private final ContainerReports reports;
    private final SpecResolver maker;
    private final DeploymentEvents events;
    private DeploymentClaims claims;

    /** @param maker makes what containers are made of. @param exclusive whether no other process writes deployments */
    public Deployments(
            DocumentStore store,
            Executions executions,
            NodeDirectory nodes,
            EventLog log,
            InstantSource clock,
            SpecResolver maker,
            boolean exclusive) {
        this.maker = maker;
        this.records = ReplicaRecords.of(store, exclusive);
        this.events = new DeploymentEvents(log, clock).of(records);
        records.amend(events::noted);
        records.describe(DeploymentNotes::between);
        this.executions = executions;
        this.clock = clock;
        this.places = new ReplicaNodes(nodes);
        this.replicas = new ReplicaRecords(records, events);
        this.single = new ReplicaReconciler(replicas, executions, places, clock);
        this.steps =
                new DeploymentReconciler(records, new DesiredReplicas(places, clock.instant()), single, events, clock);
        this.hostPorts = new HostPorts(records, nodes);
        this.actions = new DeploymentActions(records, places, steps, hostPorts, clock);
        this.rollouts = new RolloutActions(records, places, steps, hostPorts, maker, clock);
        this.moves = new DeploymentMoves(replicas, single, places, clock);
        this.reports = new ContainerReports(replicas, single, executions, clock);
        executions.onFinished(this::ended);
        executions.onWritten(reports::waits);
        nodes.onLost(nodeId -> nodeLost(nodeId).onFailure(cause -> LOG.warn("deployments of {}", nodeId, cause)));
    }

    /** Tells this of what every deployment holds of its node, from now on. Succeeds when all there are have been told. */
    public Future<Void> trackClaims(ClaimHolder holder) {
        if (claims == null) {
            claims = new DeploymentClaims(records, executions, holder, clock);
            records.onWritten((before, after) -> claims.heard(before, after));
            records.onDeleted(claims::gone);
        }
        return new DeploymentUpgrade(records, each).rewritten().compose(done -> claims.rebuild());
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
        return made(request)
                .compose(made -> hostPorts
                        .check(null, request.nodeId(), made.spec())
                        .compose(free -> records.insert(planned(id, request, made, actor)))
                        .compose(stored -> maker.stillThere(made)
                                .map(stored)
                                // nothing of it has begun
                                .recover(gone -> records.delete(id).transform(done -> Future.failedFuture(gone)))))
                .compose(steps::begin);
    }

    /** What its containers will be made of. Fails with UNPROCESSABLE. */
    Future<ResolvedSpec> made(DeploymentRequest request) {
        return Future.<Void>succeededFuture().compose(now -> {
            DeploymentRules.check(request);
            places.requireKnown(request.nodeId());
            return maker.made(request);
        });
    }

    /** The record that it will be. */
    Deployment planned(String id, DeploymentRequest request, ResolvedSpec made, String actor) {
        return steps.decided(NewDeployment.of(id, request, made, actor, clock.instant()));
    }

    /** Fails with NOT_FOUND. */
    public Future<Deployment> get(String id) {
        return records.newest(id);
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
        return actions.restart(id, null, pull, actor);
    }

    /** The same of one replica. Fails with NOT_FOUND when there is no such replica. */
    public Future<Deployment> restartReplica(String id, int index, boolean pull, String actor) {
        return actions.restart(id, index, pull, actor);
    }

    /** What happened to each; a consumer of the change feed. */
    public DeploymentEvents events() {
        return events;
    }

    /** The actions that change what is asked for. */
    public RolloutActions rollouts() {
        return rollouts;
    }

    /** See {@link RolloutActions#update}. */
    public Future<Deployment> update(String id, DeploymentRequest request, Long version, String actor) {
        return rollouts.update(id, request, version, actor);
    }

    /** Removes its containers and then the record, see {@link DeploymentActions#delete}. Repeating it is harmless. */
    public Future<Deployment> delete(String id, String actor) {
        return actions.delete(id, actor);
    }

    /** Moves its containers from that node. See {@link DeploymentMoves#move}. */
    public Future<Deployment> move(String id, String from) {
        return records.get(id).compose(seen -> moves.all(seen, from)).compose(moved -> records.get(id));
    }

    /** Stops its replicas on that node; the whole deployment when it has no others. */
    public Future<Deployment> stopOn(String id, String nodeId, String actor) {
        return records.get(id)
                .compose(seen -> seen.all().stream().allMatch(one -> nodeId.equals(one.nodeId()))
                        ? stop(id, actor)
                        : moves.stopAll(seen, nodeId, actor).compose(stopped -> records.get(id)));
    }

    /** Whether it may run on other nodes than those it is on. */
    public static boolean movable(Deployment deployment) {
        return DeploymentMoves.movable(deployment);
    }

    /** See {@link DeploymentMoves#placeAnew}. */
    public Future<Deployment> placeAnew(String id, String executionId) {
        return records.get(id)
                .compose(seen -> moves.placeAllAnew(seen, executionId))
                .compose(placed -> records.get(id));
    }

    /** See {@link DeploymentMoves#beforeRetry}. */
    public Future<Void> beforeRetry(Execution execution) {
        return moves.beforeRetry(execution);
    }

    /** A worker says what a container does. Of another node, or of an old command, it changes nothing. */
    public Future<Void> reported(String nodeId, DeploymentStatus report) {
        return reports.reported(nodeId, report)
                .compose(seen -> seen == null ? Future.succeededFuture() : reports.stoppedAgain(seen))
                .compose(seen ->
                        seen == null || steps.decided(seen) == seen ? Future.succeededFuture() : steps.settled(seen))
                .mapEmpty();
    }

    /**
     * Whether a container that a registering node brought is to be kept: false for one of a deleted, moved, superseded or
     * unknown deployment. Also takes it as a report of what that container does.
     */
    public Future<Boolean> keeps(String nodeId, NodeRegister.Running brought) {
        return reports.keeps(nodeId, brought)
                .compose(keep -> keep && brought.deploymentId() != null
                        ? reports.stoppedAgain(brought).map(keep)
                        : Future.succeededFuture(keep));
    }

    /** Takes the next step of a deployment that waits for something; harmless at any time. Null when it is deleted. */
    Future<Deployment> push(String id) {
        return steps.push(id);
    }

    /** See {@link ReplicaReconciler#begin}. */
    Future<Deployment> begin(Deployment written) {
        return steps.begin(written);
    }

    /** Does to a deployment what lost, or returned, nodes mean for it; harmless at any time. */
    Future<Deployment> lookAtNodes(Deployment seen) {
        return steps.lookAtNodes(seen);
    }

    private Future<Void> nodeLost(String nodeId) {
        return records.find(Query.where(Query.Condition.eq(NODES, nodeId)).limit(Query.MAX_LIMIT))
                .compose(page -> each.all(page.items(), Deployment::id, steps::lookAtNodes))
                .mapEmpty();
    }

    private void ended(Execution execution) {
        if (ReplicaPlans.RESOURCE_TYPE.equals(execution.resourceType()) && execution.resourceId() != null) {
            replicas.get(execution.resourceId(), ReplicaPlans.replicaOf(execution))
                    .compose(seen -> single.after(seen, execution))
                    .compose(after -> after == null ? steps.push(execution.resourceId()) : steps.settled(after.of()))
                    .recover(Deployments::gone)
                    .onFailure(cause -> LOG.warn("deployment {} waits for the sweep", execution.resourceId(), cause));
        }
    }

    static <T> Future<T> gone(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Future.succeededFuture() : Future.failedFuture(cause);
    }
}
