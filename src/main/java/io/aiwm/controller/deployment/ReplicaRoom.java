package io.aiwm.controller.deployment;

import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.WhatIfPlacement;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** What of deployments waits for a node, and what holds the room of one; the ledger of the scheduler is the judge. */
public final class ReplicaRoom {
    /** A replica that takes longer to be ready is not waited for. */
    private static final Duration LOADING = Duration.ofMinutes(15);

    private final Executions executions;
    private final Scheduler scheduler;

    public ReplicaRoom(Executions executions, Scheduler scheduler) {
        this.executions = executions;
        this.scheduler = scheduler;
    }

    /** A step of a replica that waits for a node. */
    public record Waiting(Execution execution, int step, Instant since) {
        /** Whether it waits for where its engine sleeps, and for no other place. */
        public boolean wakes() {
            return execution.steps().get(step).spec().command().equals(CommandNames.DEPLOYMENT_WAKE);
        }

        public boolean fits(WhatIfPlacement trial) {
            return trial.fits(execution, step);
        }

        public void take(WhatIfPlacement trial) {
            trial.take(execution, step);
        }

        public String why(WhatIfPlacement trial) {
            return trial.why(execution, step);
        }
    }

    /** The replica of a deployment that has waited for a node longest. Null: none waits, or it cannot be read. */
    public Future<Waiting> waiting(Deployment seen) {
        Replica first = seen.instances().stream()
                .filter(ReplicaRoom::mayWait)
                .min(Comparator.comparing(Replica::since))
                .orElse(null);
        return first == null
                ? Future.succeededFuture()
                : executions
                        .get(first.lastExecutionId())
                        .map(execution -> waiting(execution, first.since()))
                        .otherwise((Waiting) null);
    }

    private static Waiting waiting(Execution execution, Instant since) {
        for (Step step : execution.steps()) {
            if (step.status() == StepState.QUEUED) {
                return new Waiting(execution, step.spec().index(), since);
            }
        }
        return null;
    }

    private static boolean mayWait(Replica replica) {
        boolean made = (replica.state() == ReplicaState.PENDING || replica.state() == ReplicaState.DEPLOYING)
                && replica.container() == null;
        return (made || replica.state() == ReplicaState.WAKING)
                && replica.endingFirst() == null
                && replica.since() != null;
    }

    /** See {@link Scheduler#trial}. */
    public <T> T trial(Function<WhatIfPlacement, T> tried) {
        return scheduler.trial(tried);
    }

    /** The ids under which its replicas hold what they have of nodes. */
    public static List<String> claimIds(Deployment seen) {
        return seen.all().stream().map(ReplicaPlans::claimId).toList();
    }

    /** What those of its replicas go on holding that sleep, or would, when they make room; of the others nothing. */
    public static Map<String, Claim> rests(Deployment seen) {
        var rests = new HashMap<String, Claim>();
        for (Instance one : seen.all()) {
            boolean falls = one.status() == ReplicaState.SLEEPING || one.status() == ReplicaState.ASLEEP;
            if (one.container() != null
                    && one.container().claim() != null
                    && (falls || (SleepingReplicas.canSleep(one) && one.reasonCode() != ReasonCode.SLEEP_FAILED))) {
                rests.put(
                        ReplicaPlans.claimId(one),
                        SleepingReplicas.restOf(one, one.container().claim()));
            }
        }
        return rests;
    }

    /**
     * Returns since when it has been there with all that it has: since the newest of its replicas was ready, or since it last was
     * to make room and did not. Of one none of which is ready yet: since it may be given up.
     *
     * @param called whether calls wait for it
     */
    public static Instant residentSince(Deployment seen, boolean called) {
        Instant ready = seen.instances().stream()
                .filter(Replica::isReady)
                .map(Replica::readyAt)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElseGet(() -> begun(seen, called));
        Scaling last = seen.scaling();
        boolean kept = last != null && last.code() == Scaling.Code.KEPT;
        return kept && last.at().isAfter(ready) ? last.at() : ready;
    }

    private static Instant begun(Deployment seen, boolean called) {
        Instant begun = seen.instances().stream()
                .map(Replica::since)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(seen.updatedAt());
        return called ? begun.plus(LOADING) : begun;
    }
}
