package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.CommandId;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.protocol.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Promises among several controllers: taken in the shared claims before the write that names the node, given back after the
 * write that closes the attempt; and claims that a controller left behind when it died are found and given back.
 */
public final class SharedPlaces {
    private static final Logger LOG = LoggerFactory.getLogger(SharedPlaces.class);
    /** A claim whose write is not to be seen for so long has none. Longer than any promise lasts. */
    private static final Duration ORPHAN = Duration.ofSeconds(60);

    private final SharedClaims claims;
    private final Scheduler scheduler;
    private final Executions executions;
    private final BiFunction<String, String, Future<Boolean>> deploymentOn;
    private final InstantSource clock;

    /** @param deploymentOn whether a deployment holds something of a node; fails with NOT_FOUND when there is none */
    public SharedPlaces(
            SharedClaims claims,
            Scheduler scheduler,
            Executions executions,
            BiFunction<String, String, Future<Boolean>> deploymentOn,
            InstantSource clock) {
        this.claims = claims;
        this.scheduler = scheduler;
        this.executions = executions;
        this.deploymentOn = deploymentOn;
        this.clock = clock;
        scheduler.onReleased((nodeId, claimId) -> claims.give(nodeId, claimId)
                .onFailure(cause -> LOG.debug("claim {} will be given back by the sweep", claimId, cause)));
        scheduler.onDropped(
                (nodeId, claimId) -> check(nodeId, claimId, claimId.indexOf('/') > 0 ? null : scheduler.self())
                        .onFailure(cause -> LOG.debug("claim {} will be given back by the sweep", claimId, cause)));
    }

    /** @return whether everything that was promised is taken; if not, nothing of it is */
    Future<Boolean> take(Scheduler.Given given) {
        return take(given, 0);
    }

    private Future<Boolean> take(Scheduler.Given given, int index) {
        if (index == given.wants().size()) {
            scheduler.granted(given.unit());
            return Future.succeededFuture(true);
        }
        Scheduler.Want want = given.wants().get(index);
        return claims.take(want.nodeId(), want.claims(), want.limits()).compose(full -> {
            if (full == null) {
                return take(given, index + 1);
            }
            var back = new ArrayList<Future<Void>>();
            for (Scheduler.Want taken : given.wants().subList(0, index)) {
                taken.claims().stream()
                        .filter(claim -> claim.slots() > 0)
                        .forEach(claim -> back.add(claims.give(taken.nodeId(), claim.id(), scheduler.self())));
            }
            scheduler.refused(given.unit(), full);
            return Future.join(List.copyOf(back)).map(false);
        });
    }

    /** A sweep: gives back claims that nothing stored stands behind. */
    public Future<Void> run() {
        long before = clock.instant().minus(ORPHAN).toEpochMilli();
        var checks = new ArrayList<Future<Void>>();
        var lasting = scheduler.lasting();
        return claims.each(node -> {
                    node.claims().stream()
                            .filter(held -> held.since() < before && !scheduler.knows(held.id(), node.id()))
                            .forEach(held -> checks.add(check(node.id(), held.id(), held.by())));
                    lasting.getOrDefault(node.id(), List.of()).stream()
                            .filter(held -> held.since() < before)
                            .forEach(held -> correct(node, held, before, checks));
                })
                .compose(read -> Future.join(List.copyOf(checks)).mapEmpty());
    }

    /** An action that came to nothing leaves what it was promised in place of what is held. */
    private void correct(NodeClaims node, NodeClaims.Held right, long before, List<Future<Void>> checks) {
        NodeClaims.Held there = node.claims().stream()
                .filter(one -> one.id().equals(right.id()))
                .findFirst()
                .orElse(null);
        if (there == null || (there.since() < before && !there.claim().equals(right.claim()))) {
            checks.add(claims.correct(node.id(), right.id(), right));
        }
    }

    /** What is stored decides: another controller may have written the very attempt that this one gave up. */
    private Future<Void> check(String nodeId, String claimId, String by) {
        return isWanted(nodeId, claimId)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause))
                .compose(wanted -> wanted ? Future.succeededFuture() : claims.give(nodeId, claimId, by));
    }

    private Future<Boolean> isWanted(String nodeId, String claimId) {
        int slash = claimId.indexOf('/');
        if (slash > 0) {
            return deploymentOn.apply(claimId.substring(0, slash), nodeId);
        }
        CommandId command = CommandId.parse(claimId);
        return command == null
                ? Future.succeededFuture(false)
                : executions.get(command.executionId()).map(execution -> isOpen(execution, command, nodeId));
    }

    private static boolean isOpen(Execution execution, CommandId command, String nodeId) {
        if (command.stepIndex() >= execution.steps().size()) {
            return false;
        }
        Step step = execution.steps().get(command.stepIndex());
        return step.status().isOpenAttempt() && step.attempt() == command.attempt() && nodeId.equals(step.nodeId());
    }
}
