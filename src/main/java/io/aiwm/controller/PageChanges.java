package io.aiwm.controller;

import io.aiwm.common.Json;
import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.api.ExecutionView;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.change.ChangeTail;
import io.aiwm.controller.deployment.DeploymentView;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.event.Events;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.job.JobView;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What browsers hear, as viewers may see it: stored changes, whoever made them, from the change feed; nodes from this
 * controller's view of them, because their use is not stored.
 */
final class PageChanges {
    private static final String EXECUTIONS = Executions.COLLECTION.name();
    private static final String DEPLOYMENTS = Deployments.COLLECTION.name();
    private static final String STORMS = Storms.COLLECTION.name();
    /** Who may see what of these, the REST API knows: pages are only told that there is something new. */
    private static final Map<String, String> HINTS = hints();

    private static Map<String, String> hints() {
        var hints = new HashMap<String, String>();
        AgentServices.eventKinds().forEach((collection, kind) -> {
            if (!"conversation".equals(kind)) {
                hints.put(collection, "approval".equals(kind) ? Events.APPROVALS : Events.AGENTS);
            }
        });
        hints.put(Models.COLLECTION.name(), Events.MODELS);
        hints.put(AuditLog.COLLECTION.name(), Events.AUDIT);
        return Map.copyOf(hints);
    }

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
        var collections = new HashSet<>(HINTS.keySet());
        collections.addAll(Set.of(EXECUTIONS, DEPLOYMENTS, STORMS));
        var tail = new ChangeTail(vertx, store, collections, this::changed, this::missed);
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
        if (HINTS.containsKey(change.collection())) {
            hint(HINTS.get(change.collection()), change);
        } else if (change.collection().equals(EXECUTIONS)) {
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

    private void hint(String kind, Change change) {
        if (kind.equals(Events.APPROVALS)) {
            events.missed(kind);
        } else if (change.deleted()) {
            events.deleted(kind, change.id());
        } else {
            var hint = new JsonObject()
                    .put("id", change.id())
                    .put("version", change.version())
                    .put("changed", true);
            events.publish(kind, change.id(), () -> Future.succeededFuture(hint));
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
        HINTS.values().stream().distinct().forEach(events::missed);
    }
}
