package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The actions that change what is asked for of a deployment: its spec, its number of replicas, the update under way. */
public final class RolloutActions {
    private final Records<Deployment> records;
    private final ReplicaNodes nodes;
    private final DeploymentReconciler steps;
    private final HostPorts hostPorts;
    private final SpecResolver maker;
    private final InstantSource clock;

    RolloutActions(
            Records<Deployment> records,
            ReplicaNodes nodes,
            DeploymentReconciler steps,
            HostPorts hostPorts,
            SpecResolver maker,
            InstantSource clock) {
        this.records = records;
        this.nodes = nodes;
        this.steps = steps;
        this.hostPorts = hostPorts;
        this.maker = maker;
        this.clock = clock;
    }

    /**
     * Replaces what it runs. Secrets that carry the mask stay as they are, where
     * {@link io.aiwm.controller.secret.SecretValues#restored} says so. A stopped deployment only remembers it for
     * its next start, and what has no container is deployed anew. Only what needs new containers makes new ones.
     *
     * @param version the version the caller saw, or null; another one fails with PRECONDITION
     */
    public Future<Deployment> update(String id, DeploymentRequest request, Long version, String actor) {
        return update(id, (Deployment seen) -> request, (seen, whole) -> maker.made(whole), version, actor);
    }

    /** @param making makes what the containers of the whole request are made of */
    private Future<Deployment> update(
            String id,
            Function<Deployment, DeploymentRequest> asked,
            BiFunction<Deployment, DeploymentRequest, Future<ResolvedSpec>> making,
            Long version,
            String actor) {
        return records.get(id)
                .compose(seen -> {
                    DeploymentRequest whole = asked.apply(seen).restored(seen);
                    DeploymentRules.check(whole);
                    nodes.requireKnown(whole.nodeId());
                    return making.apply(seen, whole).map(made -> new Wanted(whole, made, seen.nodeId()));
                })
                .compose(wanted -> hostPorts
                        .check(id, wanted.seenOn == null ? wanted.request.nodeId() : wanted.seenOn, wanted.made.spec())
                        .compose(free -> steps.act(id, seen -> {
                            ActionRules.idle(seen);
                            ActionRules.isAt(seen, version);
                            return updated(seen, wanted.again(asked.apply(seen).restored(seen)), actor);
                        })));
    }

    /**
     * A request and what was made of it.
     *
     * @param seenOn the node where the deployment was; null: nowhere
     */
    private record Wanted(DeploymentRequest request, ResolvedSpec made, String seenOn) {
        /** Of the request as it reads now that the record may be another. Fails with UNAVAILABLE where that must be made anew. */
        Wanted again(DeploymentRequest now) {
            if (now.equals(request)) {
                return this;
            }
            DeploymentRules.check(now); // the stored secrets may be others by now
            if (now.isMade()) {
                throw Failure.busy("the deployment was changed at this moment; ask again");
            }
            return new Wanted(now, ResolvedSpec.plainly(now), seenOn);
        }
    }

    private Deployment updated(Deployment seen, Wanted wanted, String actor) {
        DeploymentRequest request = wanted.request;
        Instant now = clock.instant();
        Deployment next = Revisions.wanted(seen, request, wanted.made, actor, now);
        boolean changed = next.generation() != seen.generation();
        if (request.nodeId() != null && seen.nodeIds().stream().anyMatch(node -> !node.equals(request.nodeId()))) {
            throw Failure.unprocessable(
                    "/nodeId",
                    "it runs on " + String.join(", ", seen.nodeIds())
                            + " and an update does not move it: stop, delete, create");
        }
        if (seen.status() == DeploymentState.STOPPED && seen.replicas() > 0) {
            return Revisions.settled(next);
        }
        boolean again = seen.status() == DeploymentState.FAILED;
        if (!changed && !again) {
            return next;
        }
        if (seen.instances().size() == 1 && seen.container() != null) {
            ActionRules.reachable(seen.instance(seen.first().index()), nodes);
        }
        next = DeploymentBuilder.builder(next).desired(Desired.RUNNING).build();
        return changed ? next : DesiredReplicas.each(next, one -> triedAgain(one, actor, now));
    }

    /** The same spec for one that has failed: a container of it is made once more. */
    private static Instance triedAgain(Instance one, String actor, Instant now) {
        boolean has = one.container() != null;
        return one.status() != ReplicaState.FAILED
                ? one
                : (has ? one.change().towards(one.of().generation()) : one.change())
                        .wanted()
                        .execution(Ids.next("ex"), null, actor)
                        .status(has ? ReplicaState.UPDATING : ReplicaState.DEPLOYING)
                        .at(now)
                        .done();
    }

    /** Changes some of what was asked for, by a JSON merge patch. As {@link #update}. */
    public Future<Deployment> patch(String id, JsonObject body, Long version, String actor) {
        var patch = new DeploymentPatch(body);
        return patch.onlyScales()
                ? scale(id, patch.replicas(), version, actor)
                : update(id, patch, (seen, whole) -> patched(patch, seen, whole), version, actor);
    }

    /** What a patch does not name stays, also what an alias of its model meant when that was named. */
    private Future<ResolvedSpec> patched(DeploymentPatch patch, Deployment seen, DeploymentRequest whole) {
        if (!whole.isMade() || patch.names("model")) {
            return maker.made(whole);
        }
        if (!patch.names("spec", "engine", "requirements")) {
            return Future.succeededFuture(seen.made());
        }
        return seen.model() == null || !seen.model().isKept()
                ? maker.made(whole)
                : maker.made(DeploymentRequestBuilder.builder(whole)
                                .model(seen.model().pinned())
                                .build())
                        .map(made -> made.withModel(seen.model()));
    }

    /** Changes how many there are to be, at any time. Fails with UNPROCESSABLE above the limit. */
    public Future<Deployment> scale(String id, int replicas, String actor) {
        return scale(id, replicas, null, actor);
    }

    private Future<Deployment> scale(String id, int replicas, Long version, String actor) {
        if (replicas < 0 || replicas > DeploymentRules.MOST_REPLICAS) {
            throw Failure.unprocessable("/replicas", "must be 0 to " + DeploymentRules.MOST_REPLICAS);
        }
        return steps.act(id, seen -> {
            ActionRules.notDeleting(seen);
            ActionRules.isAt(seen, version);
            return replicas == seen.replicas()
                    ? seen
                    : DeploymentBuilder.builder(seen)
                            .actor(actor)
                            .replicas(replicas)
                            .scaling(null)
                            .updatedAt(clock.instant())
                            .build();
        });
    }

    /**
     * Takes in what the autoscaler has decided of this record; changes nothing where somebody has changed since what that
     * looked at.
     */
    public Future<Deployment> scaled(Deployment decided, int replicas, Scaling why) {
        return steps.act(
                decided.id(),
                seen -> seen.isDeleting()
                                || seen.replicas() != decided.replicas()
                                || seen.desired() != decided.desired()
                                || !Objects.equals(seen.autoscale(), decided.autoscale())
                                || !Objects.equals(seen.scaling(), decided.scaling())
                        ? seen
                        : DeploymentBuilder.builder(seen)
                                .actor(Deployments.SYSTEM)
                                .replicas(replicas)
                                .scaling(why)
                                .updatedAt(clock.instant())
                                .build());
    }

    /** Holds an update up, or lets it go on. Fails with CONFLICT where none is under way. */
    public Future<Deployment> pause(String id, boolean pause) {
        return steps.act(id, seen -> {
            if (!seen.isRolling()) {
                throw Failure.conflict("deployment " + id + " has no update under way");
            }
            return seen.isPaused() == pause
                    ? seen
                    : DeploymentBuilder.builder(seen)
                            .rollout(seen.rollout().paused(pause, clock.instant()))
                            .updatedAt(clock.instant())
                            .build();
        });
    }

    /** Brings an earlier generation back as a new one, also while an update is under way. @param to null: the last good one */
    public Future<Deployment> undo(String id, Integer to, String actor) {
        return steps.act(id, seen -> {
            ActionRules.notDeleting(seen);
            Deployment next = Revisions.undone(seen, to, actor, clock.instant());
            return seen.status() == DeploymentState.STOPPED ? Revisions.settled(next) : next;
        });
    }
}
