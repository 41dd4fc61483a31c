package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Predicate;

/**
 * The actions that users ask for. Each is one write that names the executions it wants, one of each replica that it
 * concerns; {@link DeploymentReconciler} then makes those.
 */
final class DeploymentActions {
    private final Records<Deployment> records;
    private final ReplicaNodes nodes;
    private final DeploymentReconciler steps;
    private final HostPorts hostPorts;
    private final InstantSource clock;

    DeploymentActions(
            Records<Deployment> records,
            ReplicaNodes nodes,
            DeploymentReconciler steps,
            HostPorts hostPorts,
            InstantSource clock) {
        this.records = records;
        this.nodes = nodes;
        this.steps = steps;
        this.hostPorts = hostPorts;
        this.clock = clock;
    }

    /** Runs it again. Fails with CONFLICT unless some of it is stopped or failed, or when another has its host port by now. */
    Future<Deployment> start(String id, String actor) {
        return start(id, false, actor);
    }

    private Future<Deployment> start(String id, boolean pull, String actor) {
        return records.get(id)
                .compose(seen -> hostPorts.check(
                        id, seen.nodeId() == null ? seen.placement().nodeId() : seen.nodeId(), seen.spec()))
                .compose(free -> steps.act(id, seen -> started(seen, pull, actor)));
    }

    private Deployment started(Deployment seen, boolean pull, String actor) {
        ActionRules.idle(seen);
        boolean rests = seen.instances().stream().anyMatch(DeploymentActions::rests)
                || (seen.desired() == Desired.STOPPED && seen.instances().isEmpty());
        if (!rests) {
            throw Failure.conflict("deployment " + seen.id() + " is " + seen.status() + " already");
        }
        Instant now = clock.instant();
        return DesiredReplicas.each(
                by(actor, seen).desired(Desired.RUNNING).updatedAt(now).build(),
                one -> rests(one.replica())
                        ? ReplicaActions.started(one, nodes)
                                .wanted()
                                .generation(seen.generation())
                                .execution(Ids.next("ex"), null, actor)
                                .pull(pull)
                                .status(ReplicaState.DEPLOYING)
                                .at(now)
                                .done()
                        : one);
    }

    private static boolean rests(Replica replica) {
        return replica.state() == ReplicaState.STOPPED || replica.state() == ReplicaState.FAILED;
    }

    /** Stops it, after ending what else is being done to it. Fails with CONFLICT when it is stopped or being deleted. */
    Future<Deployment> stop(String id, String actor) {
        return steps.act(id, seen -> {
            if (seen.status() == DeploymentState.STOPPING) {
                return seen;
            }
            if (seen.isDeleting() || seen.status() == DeploymentState.STOPPED) {
                throw Failure.conflict("deployment " + id + " is " + seen.status());
            }
            Instant now = clock.instant();
            return DesiredReplicas.each(
                    by(actor, seen).desired(Desired.STOPPED).updatedAt(now).build(),
                    one -> ReplicaActions.stopped(one, nodes, actor, now));
        });
    }

    /**
     * Restarts its containers where they are, as many at a time as may be missing. One that has ended is started instead:
     * the room, and the host ports, it had are somebody else's by now perhaps, so it waits for room like any start. Fails
     * with CONFLICT when there is none, UNAVAILABLE when the node of the only one is offline.
     *
     * @param index only that replica; null: all
     * @param pull whether the image is pulled first; where its tag is another image by then, a container of that takes the
     *     place of the one there is, which stays when anything of that fails
     */
    Future<Deployment> restart(String id, Integer index, boolean pull, String actor) {
        return records.get(id).compose(seen -> {
            boolean ended = seen.instances().size() == 1
                    && hasEnded(seen.instance(seen.first().index()));
            return ended && index == null
                    ? start(id, pull, actor)
                    : steps.act(id, fresh -> restarted(fresh, index, new Replica.RestartWish(pull, actor)));
        });
    }

    private boolean hasEnded(Instance seen) {
        if (seen.status() != ReplicaState.FAILED || seen.container() == null) {
            return false;
        }
        ActionRules.reachable(seen, nodes);
        return !ReplicaTransitions.runs(seen.container());
    }

    private Deployment restarted(Deployment seen, Integer index, Replica.RestartWish wish) {
        ActionRules.idle(seen, index);
        Predicate<Replica> concerns = index == null
                ? replica -> replica.container() != null && replica.state() != ReplicaState.STOPPED
                : replica -> replica.index() == index;
        boolean any = seen.instances().stream().anyMatch(concerns);
        if (!any && index != null) {
            throw Failure.notFound("replica " + index + " of deployment", seen.id());
        }
        if (!any || seen.desired() == Desired.STOPPED) {
            throw Failure.conflict("deployment " + seen.id() + " is " + seen.status() + ": start it");
        }
        seen.all().stream()
                .filter(one -> concerns.test(one.replica()) && (index != null || seen.replicas() == 1))
                .filter(one -> one.container() != null)
                .forEach(one -> ActionRules.reachable(one, nodes));
        return DesiredReplicas.each(
                by(wish.actor(), seen).updatedAt(clock.instant()).build(),
                one -> concerns.test(one.replica()) ? one.change().restart(wish).done() : one);
    }

    /**
     * Removes its containers and then the record, after ending what else is being done to it. While a node is offline
     * it stays DELETING. Repeating it is harmless.
     */
    Future<Deployment> delete(String id, String actor) {
        return steps.act(id, seen -> {
            if (seen.isDeleting()) {
                return seen;
            }
            Instant now = clock.instant();
            return DesiredReplicas.each(
                    by(actor, seen)
                            .desired(Desired.STOPPED)
                            .deleting(true)
                            .updatedAt(now)
                            .build(),
                    one -> ReplicaActions.deleted(one, nodes, actor, now));
        });
    }

    private static DeploymentBuilder by(String actor, Deployment seen) {
        return DeploymentBuilder.builder(seen).actor(actor);
    }
}
