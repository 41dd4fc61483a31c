package io.aiwm.controller.deployment;

import io.aiwm.common.EachAlone;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.execution.ClaimHolder;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
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
    /** Between two tries to move a deployment that could not be moved. */
    private static final Duration MOVE_AGAIN = Duration.ofMinutes(1);

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
    private final ContainerReports sightings;
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
        this.sightings = new ContainerReports(records, executions, clock);
        executions.onFinished(this::ended);
        executions.onWritten(sightings::waits);
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
                .compose(this::pushed);
    }

    /** The record that it will be. Fails with UNPROCESSABLE. */
    Deployment checked(String id, DeploymentRequest request, String actor) {
        DeploymentRules.check(request);
        knownNode(request.nodeId());
        var now = clock.instant();
        return new Deployment(
                id,
                1,
                request.name(),
                request.spec(),
                null,
                request.model(),
                request.placement(),
                1,
                Desired.RUNNING,
                DeploymentState.PENDING,
                null,
                null,
                null,
                List.of(),
                Ids.next("ex"),
                null,
                actor,
                now,
                now);
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
        return start(id, false, actor);
    }

    private Future<Deployment> start(String id, boolean pull, String actor) {
        return records.get(id)
                .compose(seen -> hostPorts.check(
                        id, seen.nodeId() == null ? seen.placement().nodeId() : seen.nodeId(), seen.spec()))
                .compose(free -> started(id, pull, actor));
    }

    private Future<Deployment> started(String id, boolean pull, String actor) {
        return act(id, seen -> {
            idle(seen);
            if (seen.status() != DeploymentState.STOPPED && seen.status() != DeploymentState.FAILED) {
                throw Failure.conflict("deployment " + id + " is " + seen.status() + " already");
            }
            boolean nodeThere = seen.nodeId() != null && up(seen.nodeId());
            var change = seen.change()
                    .desired(Desired.RUNNING)
                    .execution(Ids.next("ex"), null, actor)
                    .pull(pull);
            if (!nodeThere && seen.nodeId() != null) {
                String old = seen.nodeId();
                change.container(null).traced(List.of(old));
            }
            return change.status(DeploymentState.DEPLOYING, null)
                    .at(clock.instant())
                    .done();
        });
    }

    /** Stops it, after ending what else is being done to it. Fails with CONFLICT when it is stopped or being deleted. */
    public Future<Deployment> stop(String id, String actor) {
        return act(id, seen -> {
            if (seen.status() == DeploymentState.STOPPING) {
                return seen;
            }
            if (seen.status() == DeploymentState.DELETING || seen.status() == DeploymentState.STOPPED) {
                throw Failure.conflict("deployment " + id + " is " + seen.status());
            }
            // what a node that is away may have of it is stopped when that registers
            var change = (seen.container() == null ? steps.aimed(seen) : seen.change())
                    .desired(Desired.STOPPED)
                    .at(clock.instant());
            if (!seen.status().isTransitional() && seen.container() == null) {
                return change.status(DeploymentState.STOPPED, null).done();
            }
            if (!seen.status().isTransitional() && nodes.find(seen.nodeId()) == null) {
                return change.container(null)
                        .status(
                                DeploymentState.STOPPED,
                                "node " + seen.nodeId() + " was deleted; a container may be left there")
                        .done();
            }
            String first = underWay(seen);
            return change.execution(Ids.next("ex"), first, actor)
                    .status(DeploymentState.STOPPING, null)
                    .done();
        });
    }

    /**
     * Restarts its container where it is. One that has ended is started instead: the room, and the host ports, it had are
     * somebody else's by now perhaps, so it waits for room like any start. Fails with CONFLICT when there is none,
     * UNAVAILABLE when its node is offline.
     *
     * @param pull whether the image is pulled first; where its tag is another image by then, a container of that takes the
     *     place of the one there is, which stays when anything of that fails
     */
    public Future<Deployment> restart(String id, boolean pull, String actor) {
        return records.get(id).compose(seen -> hasEnded(seen) ? start(id, pull, actor) : restarted(id, pull, actor));
    }

    private boolean hasEnded(Deployment seen) {
        if (seen.status() != DeploymentState.FAILED || seen.container() == null) {
            return false;
        }
        reachable(seen);
        return !DeploymentTransitions.runs(seen.container());
    }

    private Future<Deployment> restarted(String id, boolean pull, String actor) {
        return act(id, seen -> {
            idle(seen);
            if (seen.container() == null || seen.status() == DeploymentState.STOPPED) {
                throw Failure.conflict("deployment " + id + " is " + seen.status() + ": start it");
            }
            reachable(seen);
            return seen.change()
                    .desired(Desired.RUNNING)
                    .execution(Ids.next("ex"), null, actor)
                    .pull(pull)
                    .status(DeploymentState.RESTARTING, null)
                    .at(clock.instant())
                    .done();
        });
    }

    /**
     * Replaces what it runs. Secrets that carry the mask stay as they are, where
     * {@link io.aiwm.controller.secret.SecretValues#restored} says so. A stopped deployment only remembers it for
     * its next start, and one without a container is deployed anew.
     *
     * @param version the version the caller saw, or null; another one fails with PRECONDITION
     */
    public Future<Deployment> update(String id, DeploymentRequest request, Long version, String actor) {
        knownNode(request.nodeId());
        return records.get(id)
                .compose(seen -> {
                    DeploymentRules.check(request.restored(seen));
                    return hostPorts.check(
                            id, seen.nodeId() == null ? request.nodeId() : seen.nodeId(), request.spec());
                })
                .compose(free -> updated(id, request, version, actor));
    }

    private Future<Deployment> updated(String id, DeploymentRequest asked, Long version, String actor) {
        return act(id, seen -> {
            idle(seen);
            if (version != null && version != seen.version()) {
                throw new Failure(
                        Failure.Kind.PRECONDITION, "deployment " + id + " is at version " + seen.version() + " by now");
            }
            DeploymentRequest request = asked.restored(seen);
            DeploymentRules.check(request); // the stored secrets may be others by now
            if (request.nodeId() != null
                    && seen.nodeId() != null
                    && !request.nodeId().equals(seen.nodeId())) {
                throw Failure.unprocessable(
                        "/nodeId",
                        "it runs on " + seen.nodeId() + " and an update does not move it: stop, delete, create");
            }
            var spec = request.spec();
            boolean same = spec.equals(seen.spec()) && Objects.equals(request.model(), seen.model());
            var change = seen.change()
                    .named(request.name())
                    .model(request.model())
                    .placement(request.placement())
                    .at(clock.instant());
            if (seen.status() == DeploymentState.STOPPED) {
                return change.spec(spec, null).done();
            }
            if (same && seen.status() != DeploymentState.FAILED) {
                return change.done();
            }
            change.desired(Desired.RUNNING).execution(Ids.next("ex"), null, actor);
            if (seen.container() == null) {
                return change.spec(spec, null)
                        .status(DeploymentState.DEPLOYING, null)
                        .done();
            }
            reachable(seen);
            return change.spec(spec, seen.spec())
                    .status(DeploymentState.UPDATING, null)
                    .done();
        });
    }

    /**
     * Removes its container and then the record, after ending what else is being done to it. While its node is offline
     * it stays DELETING. Repeating it is harmless.
     */
    public Future<Deployment> delete(String id, String actor) {
        return act(id, seen -> {
            if (seen.status() == DeploymentState.DELETING) {
                return seen;
            }
            String first = underWay(seen);
            return steps.aimed(seen)
                    .desired(Desired.STOPPED)
                    .execution(Ids.next("ex"), first, actor)
                    .status(DeploymentState.DELETING, null)
                    .at(clock.instant())
                    .done();
        });
    }

    /**
     * Has it made anew elsewhere and then removed from the node it is on. Nothing happens unless it runs there, has no
     * action under way and may run elsewhere; after a failed try, not before {@link #MOVE_AGAIN} has passed.
     */
    public Future<Deployment> move(String id, String from) {
        return records.update(id, seen -> {
                    var now = clock.instant();
                    boolean again = seen.statusReason() != null
                            && seen.statusReason().startsWith(DeploymentTransitions.MOVE_FAILED);
                    boolean soon = again && seen.updatedAt().plus(MOVE_AGAIN).isAfter(now);
                    boolean runs =
                            seen.status() == DeploymentState.RUNNING || seen.status() == DeploymentState.DEGRADED;
                    if (!runs || soon || !from.equals(seen.nodeId()) || !movable(seen)) {
                        return seen;
                    }
                    return seen.change()
                            .execution(Ids.next("ex"), null, SYSTEM)
                            .status(DeploymentState.MOVING, "node " + from + " is drained")
                            .at(now)
                            .done();
                })
                .compose(this::pushed);
    }

    /** Whether it may run on another node than the one it is on. */
    public static boolean movable(Deployment deployment) {
        return deployment.desired() == Desired.RUNNING && DeploymentReconciler.moves(deployment);
    }

    /**
     * Begins a deployment that has no container yet once more, placed anew: what was under way waits for a node that takes
     * nothing any more. Nothing happens when that is not its newest action.
     */
    public Future<Deployment> placeAnew(String id, String executionId) {
        return records.update(id, seen -> {
                    boolean stuck = seen.status() == DeploymentState.DEPLOYING
                            && seen.container() == null
                            && seen.endingFirst() == null
                            && seen.lastExecutionId().equals(executionId)
                            && movable(seen);
                    return !stuck
                            ? seen
                            : seen.change()
                                    .execution(Ids.next("ex"), executionId, SYSTEM)
                                    .pull(seen.pulls())
                                    .at(clock.instant())
                                    .done();
                })
                .compose(this::pushed);
    }

    /**
     * Must succeed before an execution of a deployment is retried. Fails with CONFLICT unless it is the failed
     * deployment's last one and makes a container from nothing: every other action is repeated on the deployment.
     */
    public Future<Void> beforeRetry(Execution execution) {
        if (!DeploymentPlans.RESOURCE_TYPE.equals(execution.resourceType())) {
            return Future.succeededFuture();
        }
        return records.update(execution.resourceId(), seen -> {
                    boolean last = execution.id().equals(seen.lastExecutionId());
                    if (!last || seen.status() != DeploymentState.FAILED || seen.container() != null) {
                        throw Failure.conflict("deployment " + seen.id() + " is " + seen.status()
                                + ": repeat the action on the deployment instead");
                    }
                    return seen.change()
                            .desired(Desired.RUNNING)
                            .status(DeploymentState.DEPLOYING, null)
                            .at(clock.instant())
                            .done();
                })
                .mapEmpty();
    }

    /** A worker says what a container does. Of another node, or of an old command, it changes nothing. */
    public Future<Void> reported(String nodeId, DeploymentStatus report) {
        return sightings
                .reported(nodeId, report)
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
                                        .status(DeploymentState.STOPPING, "its container ran again")
                                        .at(clock.instant())
                                        .done()
                                : seen)
                .compose(this::pushed)
                .mapEmpty();
    }

    /**
     * Whether a container that a registering node brought is to be kept: false for one of a deleted, moved, superseded or
     * unknown deployment. Also takes it as a report of what that container does.
     */
    public Future<Boolean> keeps(String nodeId, NodeRegister.Running brought) {
        return sightings
                .keeps(nodeId, brought)
                .compose(keep -> keep && brought.deploymentId() != null
                        ? records.get(brought.deploymentId())
                                .recover(Deployments::gone)
                                .compose(seen -> seen == null ? Future.<Void>succeededFuture() : stoppedAgain(seen))
                                .map(keep)
                        : Future.succeededFuture(keep));
    }

    /** Takes the next step of a deployment that waits for something; harmless at any time. Null when it is deleted. */
    Future<Deployment> push(String id) {
        return records.get(id)
                .recover(Deployments::gone)
                .compose(seen -> seen == null ? Future.succeededFuture() : steps.next(seen));
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

    private Future<Deployment> act(String id, UnaryOperator<Deployment> change) {
        // an execution that ended while its hint was lost must not stand in the way; a plan that cannot be made neither
        return push(id).recover(cause -> Failure.of(cause).retryable() ? Future.failedFuture(cause) : records.get(id))
                .compose(seen -> seen == null
                        ? Future.failedFuture(Failure.notFound("deployment", id))
                        : records.update(id, change))
                .compose(this::pushed);
    }

    /** The record is written, so the answer is yes: what cannot be begun now is begun by the sweep. */
    Future<Deployment> pushed(Deployment written) {
        return steps.next(written).map(after -> after == null ? written : after).otherwise(cause -> {
            LOG.warn("deployment {} waits for the sweep", written.id(), cause);
            return written;
        });
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

    /** What must end before anything else is done to it. While it still waits for one to end, the newest is not made yet. */
    private static String underWay(Deployment seen) {
        if (!seen.status().isTransitional()) {
            return null;
        }
        return seen.endingFirst() == null ? seen.lastExecutionId() : seen.endingFirst();
    }

    private static void idle(Deployment seen) {
        if (seen.status().isTransitional()) {
            throw Failure.busy("deployment " + seen.id() + " is " + seen.status() + " by execution "
                    + seen.lastExecutionId() + ": wait for it, or stop or delete the deployment");
        }
    }

    private void reachable(Deployment seen) {
        if (!up(seen.nodeId())) {
            throw new Failure(Failure.Kind.UNAVAILABLE, "node " + seen.nodeId() + " is offline");
        }
    }

    private boolean up(String nodeId) {
        var node = nodes.find(nodeId);
        return node != null && node.status() != NodeStatus.OFFLINE;
    }

    private void knownNode(String nodeId) {
        if (nodeId != null && nodes.find(nodeId) == null) {
            throw Failure.unprocessable("/nodeId", "node " + nodeId + " does not exist");
        }
    }
}
