package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * The actions that users ask for. Each is one write that names the execution it wants; {@link DeploymentReconciler} then
 * makes that execution.
 */
final class DeploymentActions {
    private final Records<Deployment> records;
    private final NodeDirectory nodes;
    private final DeploymentNodes places;
    private final DeploymentReconciler steps;
    private final HostPorts hostPorts;
    private final InstantSource clock;

    DeploymentActions(
            Records<Deployment> records,
            NodeDirectory nodes,
            DeploymentReconciler steps,
            HostPorts hostPorts,
            InstantSource clock) {
        this.records = records;
        this.nodes = nodes;
        this.places = new DeploymentNodes(nodes);
        this.steps = steps;
        this.hostPorts = hostPorts;
        this.clock = clock;
    }

    /** Runs it again. Fails with CONFLICT unless it is stopped or failed, or when another has its host port by now. */
    Future<Deployment> start(String id, String actor) {
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
            boolean nodeThere = seen.nodeId() != null && places.isUp(seen.nodeId());
            var change = seen.change()
                    .desired(Desired.RUNNING)
                    .execution(Ids.next("ex"), null, actor)
                    .pull(pull);
            if (!nodeThere && seen.nodeId() != null) {
                String old = seen.nodeId();
                change.container(null).traced(List.of(old));
            }
            return change.status(DeploymentState.DEPLOYING).at(clock.instant()).done();
        });
    }

    /** Stops it, after ending what else is being done to it. Fails with CONFLICT when it is stopped or being deleted. */
    Future<Deployment> stop(String id, String actor) {
        return act(id, seen -> {
            if (seen.status() == DeploymentState.STOPPING) {
                return seen;
            }
            if (seen.status() == DeploymentState.DELETING || seen.status() == DeploymentState.STOPPED) {
                throw Failure.conflict("deployment " + id + " is " + seen.status());
            }
            // what a node that is away may have of it is stopped when that registers
            var change = (seen.container() == null ? places.aimed(seen) : seen.change())
                    .desired(Desired.STOPPED)
                    .at(clock.instant());
            if (!seen.status().isTransitional() && seen.container() == null) {
                return change.status(DeploymentState.STOPPED).done();
            }
            if (!seen.status().isTransitional() && nodes.find(seen.nodeId()) == null) {
                return change.container(null)
                        .status(
                                DeploymentState.STOPPED,
                                ReasonCode.NODE_DELETED.because(
                                        "node " + seen.nodeId() + " was deleted; a container may be left there"))
                        .done();
            }
            String first = underWay(seen);
            return change.execution(Ids.next("ex"), first, actor)
                    .status(DeploymentState.STOPPING)
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
    Future<Deployment> restart(String id, boolean pull, String actor) {
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
                    .status(DeploymentState.RESTARTING)
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
    Future<Deployment> update(String id, DeploymentRequest request, Long version, String actor) {
        DeploymentNodes.requireKnown(nodes, request.nodeId());
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
                return change.spec(spec, null).status(DeploymentState.DEPLOYING).done();
            }
            reachable(seen);
            return change.spec(spec, seen.spec())
                    .status(DeploymentState.UPDATING)
                    .done();
        });
    }

    /**
     * Removes its container and then the record, after ending what else is being done to it. While its node is offline
     * it stays DELETING. Repeating it is harmless.
     */
    Future<Deployment> delete(String id, String actor) {
        return act(id, seen -> {
            if (seen.status() == DeploymentState.DELETING) {
                return seen;
            }
            String first = underWay(seen);
            return places.aimed(seen)
                    .desired(Desired.STOPPED)
                    .execution(Ids.next("ex"), first, actor)
                    .status(DeploymentState.DELETING)
                    .at(clock.instant())
                    .done();
        });
    }

    private Future<Deployment> act(String id, UnaryOperator<Deployment> change) {
        // an execution that ended while its hint was lost must not stand in the way; a plan that cannot be made neither
        return steps.push(id)
                .recover(cause -> Failure.of(cause).retryable() ? Future.failedFuture(cause) : records.get(id))
                .compose(seen -> seen == null
                        ? Future.failedFuture(Failure.notFound("deployment", id))
                        : records.update(id, change))
                .compose(steps::begin);
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
        if (!places.isUp(seen.nodeId())) {
            throw new Failure(Failure.Kind.UNAVAILABLE, "node " + seen.nodeId() + " is offline");
        }
    }
}
