package io.aiwm.controller;

import io.aiwm.common.Json;
import io.aiwm.controller.api.ExecutionView;
import io.aiwm.controller.change.ChangeTail;
import io.aiwm.controller.deployment.DeploymentView;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.event.Events;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.job.JobView;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Set;

/**
 * What browsers hear, as viewers may see it: stored changes, whoever made them, from the change feed; nodes from this
 * controller's view of them, because their use is not stored.
 */
final class PageChanges {
    private static final String EXECUTIONS = Executions.COLLECTION.name();
    private static final String DEPLOYMENTS = Deployments.COLLECTION.name();
    private static final String STORMS = Storms.COLLECTION.name();

    private final Events events;
    private final Executions executions;
    private final Deployments deployments;
    private final Storms storms;

    PageChanges(Events events, Executions executions, Deployments deployments, Storms storms) {
        this.events = events;
        this.executions = executions;
        this.deployments = deployments;
        this.storms = storms;
    }

    void start(Vertx vertx, DocumentStore store, Nodes nodes) {
        var tail = new ChangeTail(vertx, store, Set.of(EXECUTIONS, DEPLOYMENTS, STORMS), this::changed, this::missed);
        events.onInterest(tail::want);
        nodes.onNode((id, node) -> {
            if (node == null) {
                events.deleted(Events.NODES, id);
            } else {
                events.publish(Events.NODES, id, () -> Future.succeededFuture(Json.toObject(node)));
            }
        });
    }

    private void changed(Change change) {
        String id = change.id();
        if (change.collection().equals(EXECUTIONS)) {
            execution(change);
        } else if (change.collection().equals(STORMS)) {
            events.publish(
                    Events.CLUSTER,
                    id,
                    () -> storms.get().map(storm -> storm.since() == null ? null : Json.toObject(storm)));
        } else if (change.deleted()) {
            events.deleted(Events.DEPLOYMENTS, id);
        } else {
            events.publish(
                    Events.DEPLOYMENTS,
                    id,
                    () -> deployments.get(id).map(found -> SecretValues.forViewer(DeploymentView.of(found))));
        }
    }

    private void execution(Change change) {
        String id = change.id();
        if (change.deleted()) {
            events.deleted(Events.JOBS, id);
            events.deleted(Events.EXECUTIONS, id);
            return;
        }
        Execution kept = executions.kept(id);
        if (kept != null && kept.version() >= change.version()) {
            executionIs(kept);
        } else {
            executions.get(id).onSuccess(read -> {
                Execution newer = executions.kept(id);
                executionIs(newer != null && newer.version() > read.version() ? newer : read);
            });
        }
    }

    private void executionIs(Execution execution) {
        if (execution.privateTo() != null) {
            return; // every viewer hears these events; who may see a turn reads the stream of its conversation
        }
        events.publish(
                Events.EXECUTIONS,
                execution.id(),
                () -> Future.succeededFuture(SecretValues.forViewer(ExecutionView.summary(execution))));
        if (Jobs.isJob(execution)) {
            events.publish(
                    Events.JOBS,
                    execution.id(),
                    () -> Future.succeededFuture(SecretValues.forViewer(JobView.listed(execution))));
        }
    }

    private void missed() {
        events.missed(Events.EXECUTIONS);
        events.missed(Events.JOBS);
        events.missed(Events.DEPLOYMENTS);
    }
}
