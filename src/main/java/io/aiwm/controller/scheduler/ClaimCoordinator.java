package io.aiwm.controller.scheduler;

import io.aiwm.common.Failure;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.protocol.CommandId;
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
public final class ClaimCoordinator {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimCoordinator.class);
    /** A claim whose write is not to be seen for so long has none. Longer than any promise lasts. */
    private static final Duration ORPHAN = Duration.ofSeconds(60);

    private final IsolatedForEach each = new IsolatedForEach(LOG, "claim");
    private final SharedClaims claims;
    private final Scheduler scheduler;
    private final Executions executions;
    private final BiFunction<String, String, Future<Boolean>> deploymentOn;
    private final InstantSource clock;

    /** @param deploymentOn whether a deployment holds something of a node; fails with NOT_FOUND when there is none */
    public ClaimCoordinator(
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
        scheduler.onReleased((command, closed) -> log(
                command.toString(),
                claims.give(
                        closed.nodeId(), command.toString(), closed.finishedAt().toEpochMilli())));
        scheduler.onDropped(what -> log(what.claim().id(), drop(what.nodeId(), what.claim(), what.answered())));
        scheduler.onEnded((nodeId, claimId) -> log(claimId, ended(nodeId, claimId)));
    }

    private static void log(String claimId, Future<?> given) {
        given.onFailure(cause -> LOG.debug("claim {} will be given back by the sweep", claimId, cause));
    }

    /** @return whether everything that was promised is taken; if not, nothing of it is */
    Future<Boolean> take(Scheduler.Placed given) {
        return take(given, 0);
    }

    private Future<Boolean> take(Scheduler.Placed given, int index) {
        if (index == given.wants().size()) {
            return scheduler.granted(given)
                    ? Future.succeededFuture(true)
                    : giveBack(given.wants()).map(false);
        }
        Scheduler.ClaimRequest want = given.wants().get(index);
        return claims.take(want.nodeId(), want.claims(), want.limits()).compose(full -> {
            if (full == null) {
                return take(given, index + 1);
            }
            scheduler.refused(given, full);
            giveBackLate(want, full);
            return giveBack(given.wants().subList(0, index)).map(false);
        });
    }

    /** Who was first for the same attempt may have died of it, and then stands in the way for nothing. */
    private void giveBackLate(Scheduler.ClaimRequest want, NodeClaims full) {
        long now = clock.millis();
        full.claims().stream()
                .filter(held -> held.isLate(now) && want.claims().stream().anyMatch(held::precedes))
                .forEach(held -> log(held.id(), each.one(held.id(), () -> check(want.nodeId(), held))));
    }

    /** Nothing was written of these, and nothing will be. What outlives steps stays for the sweep: it may be held besides. */
    private Future<Void> giveBack(List<Scheduler.ClaimRequest> taken) {
        var back = new ArrayList<Future<Void>>();
        for (Scheduler.ClaimRequest want : taken) {
            want.claims().stream()
                    .filter(claim -> claim.slots() > 0)
                    .forEach(claim -> back.add(drop(want.nodeId(), claim, false)));
        }
        return Future.join(List.copyOf(back)).mapEmpty();
    }

    /** A sweep: gives back claims that nothing stored stands behind. */
    public Future<Void> run() {
        long before = clock.instant().minus(ORPHAN).toEpochMilli();
        var checks = new ArrayList<Future<Boolean>>();
        var lasting = scheduler.lasting();
        return claims.each(node -> {
                    node.claims().stream()
                            .filter(held -> held.since() < before && !scheduler.knows(held.id(), node.id()))
                            .forEach(held -> checks.add(each.one(held.id(), () -> check(node.id(), held))));
                    lasting.getOrDefault(node.id(), List.of()).stream()
                            .filter(held -> held.since() < before)
                            .forEach(held -> correct(node, held, before, checks));
                })
                .compose(read -> Future.join(List.copyOf(checks)).mapEmpty());
    }

    /** An action that came to nothing leaves what it was promised in place of what is held. */
    private void correct(NodeClaims node, NodeClaims.NodeClaim right, long before, List<Future<Boolean>> checks) {
        NodeClaims.NodeClaim there = node.claims().stream()
                .filter(one -> one.id().equals(right.id()))
                .findFirst()
                .orElse(null);
        if (there == null || (there.since() < before && !there.claim().equals(right.claim()))) {
            checks.add(each.one(right.id(), () -> claims.correct(node.id(), there, right)));
        }
    }

    private enum Standing {
        /** What is stored holds it. */
        STORED,
        /** It does not, and may yet. */
        AWAITED,
        /** It does not, and never will by this promise. */
        OVER
    }

    /**
     * A promise of this controller came to nothing. What is stored decides, for another controller may have written the very
     * attempt; and a write that was made of the promise and not heard of may yet be done, which the sweep waits for.
     */
    private Future<Void> drop(String nodeId, NodeClaims.NodeClaim taken, boolean answered) {
        return standing(nodeId, taken.id()).compose(standing -> switch (standing) {
            case STORED -> Future.succeededFuture();
            case AWAITED -> answered ? Future.succeededFuture() : claims.give(nodeId, taken);
            case OVER -> claims.give(nodeId, taken);
        });
    }

    /** What outlived steps is held no more, or less of it, by what is known here. One that is just being made again is not touched. */
    private Future<Void> ended(String nodeId, String claimId) {
        return claims.held(nodeId, claimId).compose(held -> {
            if (held == null) {
                return Future.succeededFuture();
            }
            return standing(nodeId, held.takenFor())
                    .compose(standing -> standing == Standing.AWAITED
                            ? Future.succeededFuture()
                            : check(nodeId, held)
                                    .compose(kept -> standing == Standing.OVER
                                            ? lessened(nodeId, held)
                                            : Future.succeededFuture()));
        });
    }

    /** The attempt for which it was taken has ended, so that what is known of what is stored is what it holds. */
    private Future<Void> lessened(String nodeId, NodeClaims.NodeClaim held) {
        return scheduler.lasting().getOrDefault(nodeId, List.of()).stream()
                .filter(known -> known.id().equals(held.id()) && !known.claim().equals(held.claim()))
                .filter(known -> held.claim().max(known.claim()).equals(held.claim()))
                .findFirst()
                .map(known -> claims.correct(nodeId, held, known))
                .orElse(Future.succeededFuture());
    }

    /** Gives this very claim back unless what is stored holds it. */
    private Future<Void> check(String nodeId, NodeClaims.NodeClaim held) {
        return isWanted(nodeId, held.id())
                .compose(wanted -> wanted ? Future.succeededFuture() : claims.give(nodeId, held));
    }

    private Future<Boolean> isWanted(String nodeId, String claimId) {
        int slash = claimId.indexOf('/');
        return slash > 0
                ? deploymentOn
                        .apply(claimId.substring(0, slash), nodeId)
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture(false)
                                : Future.failedFuture(cause))
                : standing(nodeId, claimId).map(standing -> standing == Standing.STORED);
    }

    /** @param claimId of an attempt; of anything else there is nothing to be said */
    private Future<Standing> standing(String nodeId, String claimId) {
        CommandId command = CommandId.parse(claimId);
        return command == null
                ? Future.succeededFuture(Standing.OVER)
                : executions
                        .get(command.executionId())
                        .map(execution -> standing(execution, command, nodeId))
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture(Standing.OVER)
                                : Future.failedFuture(cause));
    }

    private static Standing standing(Execution execution, CommandId command, String nodeId) {
        if (command.stepIndex() >= execution.steps().size()) {
            return Standing.OVER;
        }
        Step step = execution.steps().get(command.stepIndex());
        if (step.attempt() < command.attempt()) {
            return execution.status().isFinal() ? Standing.OVER : Standing.AWAITED;
        }
        boolean open = step.status().isOpenAttempt() && step.attempt() == command.attempt();
        return open && nodeId.equals(step.nodeId()) ? Standing.STORED : Standing.OVER;
    }
}
