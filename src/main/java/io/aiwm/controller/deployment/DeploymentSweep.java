package io.aiwm.controller.deployment;

import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.store.Query;
import io.vertx.core.Future;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Repairs what a lost hint, or a controller that died between two writes, left: deployments that wait for an execution
 * which has ended or was never made, and deployments on nodes that are no longer there. Bounded work per run.
 */
public final class DeploymentSweep {
    private static final int WAITING_PER_RUN = 500;
    private static final int SETTLED_PER_RUN = 200;

    private final IsolatedForEach each =
            new IsolatedForEach(LoggerFactory.getLogger(DeploymentSweep.class), "deployment");
    private final Deployments deployments;
    /** Where the round through the settled ones stands; they are looked at a page per run. */
    private volatile String cursor;

    public DeploymentSweep(Deployments deployments) {
        this.deployments = deployments;
    }

    /** One round; succeeds also when single deployments could not be repaired, which the next run tries again. */
    public Future<Void> run() {
        return Future.join(waiting(), settled()).mapEmpty();
    }

    private Future<Void> waiting() {
        return deployments
                .find(Query.where(Query.Condition.in("status", names(true))).limit(WAITING_PER_RUN))
                .compose(page -> each.all(page.items(), Deployment::id, this::pushed))
                .mapEmpty();
    }

    /** While an update is under way some of its replicas wait for nothing: of these the nodes count as ever. */
    private Future<Deployment> pushed(Deployment seen) {
        return deployments
                .push(seen.id())
                .compose(after -> after != null
                                && after.instances().stream()
                                        .anyMatch(one -> !one.state().isTransitional())
                        ? deployments.lookAtNodes(after)
                        : Future.succeededFuture(after));
    }

    private Future<Void> settled() {
        return deployments
                .find(Query.where(Query.Condition.in("status", names(false)))
                        .limit(SETTLED_PER_RUN)
                        .after(cursor))
                .compose(page -> {
                    cursor = page.nextCursor();
                    return each.all(page.items(), Deployment::id, deployments::lookAtNodes);
                })
                .mapEmpty();
    }

    private static List<String> names(boolean transitional) {
        return java.util.Arrays.stream(DeploymentState.values())
                .filter(state -> state.isTransitional() == transitional && state != DeploymentState.STOPPED)
                .map(DeploymentState::name)
                .toList();
    }
}
