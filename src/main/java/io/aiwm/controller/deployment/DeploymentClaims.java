package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.ClaimHolder;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.List;

/**
 * Keeps the ledger of nodes true to what deployments hold. A container that runs holds what its node promised it; while an
 * action is under way its step holds that; what has ended holds nothing.
 */
final class DeploymentClaims {
    private final Records<Deployment> records;
    private final ClaimHolder holder;

    DeploymentClaims(Records<Deployment> records, ClaimHolder holder) {
        this.records = records;
        this.holder = holder;
    }

    /** Reads every deployment: at a start. */
    Future<Void> rebuild() {
        return page(Query.all());
    }

    private Future<Void> page(Query query) {
        return records.find(query).compose(page -> {
            page.items().forEach(deployment -> {
                if (deployment.container() != null && deployment.status().isTransitional()) {
                    held(deployment, deployment.container()); // its step may ask for more, and is read after this
                }
                written(deployment);
            });
            return page.nextCursor() == null ? Future.succeededFuture() : page(query.after(page.nextCursor()));
        });
    }

    void written(Deployment after) {
        if (after.status().isTransitional()) {
            return;
        }
        Container container = after.container();
        if (container != null && Reflection.runs(container)) {
            held(after, container);
        } else {
            gone(after.id());
        }
    }

    void gone(String deploymentId) {
        holder.holds(DeploymentPlans.claimId(deploymentId), null, null);
    }

    private void held(Deployment deployment, Container container) {
        Claim claim = container.claim() == null ? asked(deployment) : container.claim();
        holder.holds(DeploymentPlans.claimId(deployment.id()), container.nodeId(), claim);
    }

    /** Of a container that was made before there were claims. */
    private static Claim asked(Deployment deployment) {
        Double cpu = deployment.spec().cpu();
        Long memory = deployment.spec().memoryBytes();
        return new Claim(cpu == null ? 0 : cpu, memory == null ? 0 : memory, List.of());
    }
}
