package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.ClaimHolder;
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
                heard.forEach(id -> found.add(DeploymentPlans.claimId(id)));
                holder.holdsNothingElse(found, asOf);
            }
        });
    }

    /** @param heard of these something newer is known than what is read */
    private Future<Void> page(Query query, Set<String> found, Set<String> heard) {
        return records.find(query).compose(page -> {
            var unsettled = new ArrayList<Future<Void>>();
            // what one that cannot be read holds, it holds on
            page.unreadable().forEach(id -> found.add(DeploymentPlans.claimId(id)));
            for (Deployment deployment : page.items()) {
                found.add(DeploymentPlans.claimId(deployment.id()));
                if (heard.contains(deployment.id())) {
                    continue;
                }
                if (deployment.status().isTransitional()) {
                    unsettled.add(settles(deployment, heard));
                } else {
                    written(deployment);
                }
            }
            return Future.join(List.copyOf(unsettled))
                    .compose(done -> page.nextCursor() == null
                            ? Future.succeededFuture()
                            : page(query.after(page.nextCursor()), found, heard));
        });
    }

    /** Its execution may have ended without anybody having told it: the container that was made is what it holds. */
    private Future<Void> settles(Deployment deployment, Set<String> heard) {
        return executions
                .get(actionOf(deployment))
                .map(execution -> execution.status().isFinal() ? ContainerOutcome.containerOf(execution) : null)
                // of one that cannot be read nothing was made, as far as known
                .recover(cause -> Failure.of(cause).retryable() ? Future.failedFuture(cause) : Future.succeededFuture())
                .map(made -> {
                    if (heard.contains(deployment.id())) {
                        return null;
                    }
                    if (made == null) {
                        written(deployment);
                    } else {
                        held(deployment, made);
                    }
                    return null;
                });
    }

    /** A listener for every write. */
    void heard(Deployment after) {
        readers.forEach(heard -> heard.add(after.id()));
        written(after);
    }

    private void written(Deployment after) {
        Container container = after.container();
        // what is being restarted has ended for a moment only
        boolean runs = container != null
                && (DeploymentTransitions.runs(container) || after.status() == DeploymentState.RESTARTING);
        if (runs) {
            held(after, container);
        } else {
            holder.holds(DeploymentPlans.claimId(after.id()), null, null, mayMake(after));
        }
    }

    void gone(String deploymentId) {
        readers.forEach(heard -> heard.add(deploymentId));
        holder.holds(DeploymentPlans.claimId(deploymentId), null, null, false);
    }

    private void held(Deployment deployment, Container container) {
        Claim claim = container.claim() == null ? asked(deployment) : container.claim();
        holder.holds(
                DeploymentPlans.claimId(deployment.id()),
                container.nodeId(),
                claim.with(HostPorts.published(container)),
                mayMake(deployment));
    }

    /** Whether a step for it may be promised something. */
    private static boolean mayMake(Deployment deployment) {
        boolean ends =
                deployment.status() == DeploymentState.DELETING || deployment.status() == DeploymentState.STOPPING;
        return deployment.status().isTransitional() && !(ends && deployment.endingFirst() == null);
    }

    /** Whether it holds something there, by what is stored: its container, or what a step that makes it was promised. */
    static Future<Boolean> isOn(Deployment deployment, String nodeId, Executions executions) {
        if (nodeId.equals(deployment.nodeId())) {
            return Future.succeededFuture(true);
        }
        return !deployment.status().isTransitional()
                ? Future.succeededFuture(false)
                : executions
                        .get(actionOf(deployment))
                        .map(execution -> execution.steps().stream().anyMatch(step -> makes(deployment, step, nodeId)))
                        .recover(Deployments::gone)
                        .map(Boolean.TRUE::equals);
    }

    private static boolean makes(Deployment deployment, Step step, String nodeId) {
        return DeploymentPlans.claimId(deployment.id()).equals(step.spec().claimId())
                && nodeId.equals(step.nodeId())
                && (step.status().isOpenAttempt() || step.status() == StepState.COMPLETED);
    }

    private static String actionOf(Deployment deployment) {
        return deployment.endingFirst() == null ? deployment.lastExecutionId() : deployment.endingFirst();
    }

    /** Of a container that was made before there were claims. */
    private static Claim asked(Deployment deployment) {
        Double cpu = deployment.spec().cpu();
        Long memory = deployment.spec().memoryBytes();
        return new Claim(cpu == null ? 0 : cpu, memory == null ? 0 : memory, List.of());
    }
}
