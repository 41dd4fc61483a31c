package io.aiwm.controller.cluster;

import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.node.Storm;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.scheduler.NodeAmounts;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/** What the fleet has, what of it is promised and in use, and how much work there is. Nodes come from memory, work from the store. */
public final class ClusterStats {
    private static final List<String> RUNNING = List.of("RUNNING", "DEGRADED", "MOVING", "UPDATING", "RESTARTING");

    private final NodeDirectory nodes;
    private final Function<String, NodeAmounts> amounts;
    private final Function<String, SystemInfo> seen;
    private final Executions executions;
    private final Deployments deployments;
    private final Storms storms;

    /**
     * @param amounts of a node, by its id; null when the scheduler does not know it
     * @param seen the newest sample of a node's probes; null when there is none here
     */
    public ClusterStats(
            NodeDirectory nodes,
            Function<String, NodeAmounts> amounts,
            Function<String, SystemInfo> seen,
            Executions executions,
            Deployments deployments,
            Storms storms) {
        this.nodes = nodes;
        this.amounts = amounts;
        this.seen = seen;
        this.executions = executions;
        this.deployments = deployments;
        this.storms = storms;
    }

    /** Sums, over all and for each zone; executions and jobs by status; the storm. */
    public Future<JsonObject> stats() {
        var all = new ClusterTotals();
        var zones = new TreeMap<String, ClusterTotals>();
        for (Node node : nodes.all()) {
            NodeAmounts has = amounts.apply(node.id());
            SystemInfo uses = seen.apply(node.id()) == null ? node.system() : seen.apply(node.id());
            all.add(node, has, uses);
            zones.computeIfAbsent(node.zone() == null ? "" : node.zone(), zone -> new ClusterTotals())
                    .add(node, has, uses);
        }
        var json = all.toJson();
        var list = new JsonArray();
        zones.forEach(
                (zone, totals) -> list.add(new JsonObject().put("zone", zone).mergeIn(totals.toJson())));
        json.put("zones", list);
        return Future.all(
                        executions.countBy("status", List.of()),
                        executions.countBy("phase", List.of(Condition.eq("category", Execution.JOB))),
                        storms.get())
                .map(read -> json.put("executions", counts(read.resultAt(0)))
                        .put("jobs", counts(read.resultAt(1)))
                        .put("storm", shown(read.resultAt(2))));
    }

    /** A storm as callers see it: without what only its record needs. */
    public static JsonObject shown(Storm storm) {
        JsonObject json = Json.toObject(storm);
        json.remove("id");
        json.remove("version");
        return json;
    }

    private static JsonObject counts(Map<String, Long> byStatus) {
        var json = new JsonObject();
        new TreeMap<>(byStatus).forEach(json::put);
        return json;
    }

    /** The work on one node, in numbers. */
    private static final class Work {
        int steps;
        int jobs;
        int deployments;
    }

    /** Node by node, in the order of ids: what it is at, and what of it is promised and free. */
    public Future<List<JsonObject>> distribution() {
        var work = new HashMap<String, Work>();
        return eachOpen(Query.where(Condition.eq("status", "RUNNING")).oldestFirst(), work)
                .compose(done -> eachDeployment(Query.where(Condition.in("status", RUNNING)), work))
                .map(done -> nodes.all().stream()
                        .map(node -> line(node, work.getOrDefault(node.id(), new Work())))
                        .toList());
    }

    private Future<Void> eachOpen(Query query, Map<String, Work> work) {
        return executions.find(query).compose(page -> {
            for (Execution execution : page.items()) {
                execution.steps().stream()
                        .filter(step -> step.status().isOpenAttempt())
                        .map(step -> work.computeIfAbsent(step.nodeId(), id -> new Work()))
                        .forEach(on -> {
                            if (Execution.JOB.equals(execution.category())) {
                                on.jobs++;
                            } else {
                                on.steps++;
                            }
                        });
            }
            return page.nextCursor() == null
                    ? Future.succeededFuture()
                    : eachOpen(query.after(page.nextCursor()), work);
        });
    }

    private Future<Void> eachDeployment(Query query, Map<String, Work> work) {
        return deployments.find(query).compose(page -> {
            for (Deployment deployment : page.items()) {
                for (String nodeId : deployment.nodeIds()) {
                    work.computeIfAbsent(nodeId, id -> new Work()).deployments++;
                }
            }
            return page.nextCursor() == null
                    ? Future.succeededFuture()
                    : eachDeployment(query.after(page.nextCursor()), work);
        });
    }

    private JsonObject line(Node node, Work work) {
        var json = new JsonObject()
                .put("id", node.id())
                .put("name", node.name())
                .put("zone", node.zone())
                .put("status", node.status().name())
                .put("schedulable", node.schedulable())
                .put("draining", node.draining())
                .put("steps", work.steps)
                .put("jobs", work.jobs)
                .put("deployments", work.deployments);
        NodeAmounts has = amounts.apply(node.id());
        if (has != null) {
            json.mergeIn(Json.toObject(AmountsView.listed(has)));
        }
        json.getMap().values().removeIf(Objects::isNull);
        return json;
    }
}
