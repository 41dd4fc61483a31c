package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.ClaimHolder;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Keeps the ledger of nodes true to what deployments hold. A container that runs holds what its node promised it, also
 * while something is being done to it; what the steps of that hold is the scheduler's to know. What has ended holds nothing.
 */
final class DeploymentClaims {
    private final Records<Deployment> records;
    private final Executions executions;
    private final ClaimHolder holder;
    private final InstantSource clock;
    /** For each reading that is under way, of which deployments something was heard since it began. */
    private final List<Set<String>> readers = new CopyOnWriteArrayList<>();

    DeploymentClaims(Records<Deployment> records, Executions executions, ClaimHolder holder, InstantSource clock) {
        this.clock = clock;
        this.records = records;
        this.executions = executions;
        this.holder = holder;
    }

    /** Reads every deployment: at a start, and as a sweep where other controllers write, too. */
    Future<Void> rebuild() {
        long asOf = clock.millis();
        var found = new HashSet<String>();
        Set<String> heard = ConcurrentHashMap.newKeySet();
        readers.add(heard);
        return page(Query.all(), found, heard).onComplete(done -> {
            readers.removeIf(one -> one == heard);
            if (done.succeeded()) {
                // of these the listener has told already what they hold, of which replica it does not matter
                heard.forEach(id -> every(id, found));
                holder.holdsNothingElse(found, asOf);
            }
        });
    }

    /** @param heard of these something newer is known than what is read */
    private Future<Void> page(Query query, Set<String> found, Set<String> heard) {
        return records.find(query).compose(page -> {
            var unsettled = new ArrayList<Future<Void>>();
            for (Deployment deployment : page.items()) {
                deployment.all().forEach(one -> found.add(ReplicaPlans.claimId(one)));
                if (!heard.contains(deployment.id())) {
                    deployment.all().forEach(one -> read(one, heard, unsettled));
                }
            }
            // what one that cannot be read holds, it holds on
            page.unreadable().forEach(id -> every(id, found));
            return Future.join(List.copyOf(unsettled))
                    .compose(done -> page.nextCursor() == null
                            ? Future.succeededFuture()
                            : page(query.after(page.nextCursor()), found, heard));
        });
    }

    private void read(Instance one, Set<String> heard, List<Future<Void>> unsettled) {
        if (one.status().isTransitional()) {
            unsettled.add(settles(one, heard));
        } else {
            written(one);
        }
    }

    /** Whichever replicas it may have. */
    private static void every(String id, Set<String> found) {
        for (int index = 0; index < DeploymentRules.MOST_REPLICAS; index++) {
            found.add(ReplicaPlans.claimId(id, index));
        }
    }

    /** Its execution may have ended without anybody having told it: the container that was made is what it holds. */
    private Future<Void> settles(Instance one, Set<String> heard) {
        return executions
                .get(actionOf(one))
                .map(execution -> left(one, execution))
                // of one that cannot be read nothing was made, as far as known
                .recover(cause -> Failure.of(cause).retryable() ? Future.failedFuture(cause) : Future.succeededFuture())
                .map(made -> {
                    if (heard.contains(one.id())) {
                        return null;
                    }
                    if (made == null) {
                        written(one);
                    } else {
                        held(one, made, false);
                    }
                    return null;
                });
    }

    /** What holds all that it was promised, though the record does not say so yet; null: the record is right. */
    private static Container left(Instance one, Execution execution) {
        Container made = execution.status().isFinal() ? ContainerOutcome.containerOf(execution) : null;
        return made == null && one.container() != null && ContainerOutcome.mayBeAwake(execution)
                ? one.container()
                : made;
    }

    /** A listener for every write. @param before null: it is new */
    void heard(Deployment before, Deployment after) {
        readers.forEach(heard -> heard.add(after.id()));
        if (before != null) {
            before.all().stream()
                    .filter(one -> after.instance(one.index()) == null)
                    .forEach(one -> holder.holds(ReplicaPlans.claimId(one), null, null, false));
        }
        after.all().forEach(this::written);
    }

    private void written(Instance after) {
        Container container = after.container();
        // what is being restarted has ended for a moment only
        boolean runs =
                container != null && (ReplicaTransitions.runs(container) || after.status() == ReplicaState.RESTARTING);
        if (runs) {
            held(after, container, after.replica().hasGivenBack());
        } else {
            holder.holds(ReplicaPlans.claimId(after), null, null, mayMake(after));
        }
    }

    void gone(String deploymentId) {
        readers.forEach(heard -> heard.add(deploymentId));
    }

    private void held(Instance one, Container container, boolean asleep) {
        Claim whole = container.claim() == null ? asked(one) : container.claim();
        Claim claim = asleep ? SleepingReplicas.restOf(one, whole) : whole;
        holder.holds(
                ReplicaPlans.claimId(one),
                container.nodeId(),
                claim.with(HostPorts.published(container)),
                mayMake(one));
    }

    /** Whether a step for it may be promised something. */
    private static boolean mayMake(Instance one) {
        boolean ends = one.status() == ReplicaState.DELETING || one.status() == ReplicaState.STOPPING;
        return one.status().isTransitional() && !(ends && one.endingFirst() == null);
    }

    /** Whether it holds something there, by what is stored: a container, or what a step that makes one was promised. */
    static Future<Boolean> isOn(Deployment deployment, String nodeId, Executions executions) {
        if (deployment.nodeIds().contains(nodeId)) {
            return Future.succeededFuture(true);
        }
        var looks = deployment.all().stream()
                .filter(one -> one.status().isTransitional())
                .map(one -> executions
                        .get(actionOf(one))
                        .map(execution -> execution.steps().stream().anyMatch(step -> makes(one, step, nodeId)))
                        .recover(Deployments::gone)
                        .map(Boolean.TRUE::equals))
                .toList();
        return Future.all(looks).map(all -> looks.stream().anyMatch(Future::result));
    }

    private static boolean makes(Instance one, Step step, String nodeId) {
        return ReplicaPlans.claimId(one).equals(step.spec().claimId())
                && nodeId.equals(step.nodeId())
                && (step.status().isOpenAttempt() || step.status() == StepState.COMPLETED);
    }

    private static String actionOf(Instance one) {
        return one.endingFirst() == null ? one.lastExecutionId() : one.endingFirst();
    }

    /** Of a container that was made before there were claims. */
    private static Claim asked(Instance one) {
        Double cpu = one.spec().cpu();
        Long memory = one.spec().memoryBytes();
        return new Claim(cpu == null ? 0 : cpu, memory == null ? 0 : memory, List.of());
    }
}
