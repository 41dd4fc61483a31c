package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads what happened from the records of executions, not from anybody's counters, and says what ought not to have: work
 * that was lost or done twice, attempts without a reason, nodes that were promised more than they have at any moment.
 */
public final class FleetHistory {
    private record Change(Instant at, int order, String node, double cpu, int slots, String attempt) {}

    private final double cpuPerNode;
    private final List<Change> changes = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();
    private final Map<String, Integer> peak = new HashMap<>();
    private int attempts;
    private int mostAtOnce;
    private Instant firstQueued = Instant.MAX;
    private Instant lastFinished = Instant.MIN;

    public FleetHistory(double cpuPerNode) {
        this.cpuPerNode = cpuPerNode;
    }

    /** @param execution of one step, as the API shows it */
    public void add(JsonObject execution) {
        String id = execution.getString("id");
        if (!seen.add(id)) {
            violations.add(id + " is there twice");
        }
        if (!"COMPLETED".equals(execution.getString("status"))) {
            violations.add(id + " is " + execution.getString("status"));
        }
        var step = execution.getJsonArray("steps").getJsonObject(0);
        int completed = 0;
        Instant ended = Instant.MIN;
        for (Object each : step.getJsonArray("attempts")) {
            var attempt = (JsonObject) each;
            String name = id + " attempt " + attempt.getInteger("number");
            attempts++;
            Instant from = attempt.getInstant("assignedAt");
            Instant to = attempt.getInstant("finishedAt");
            if (to == null) {
                violations.add(name + " has no end");
                continue;
            }
            if (from.isBefore(ended)) {
                violations.add(name + " began before the one before it ended");
            }
            ended = to;
            boolean well = "COMPLETED".equals(attempt.getString("outcome"));
            completed += well ? 1 : 0;
            if (!well && attempt.getJsonObject("error") == null) {
                violations.add(name + " ended " + attempt.getString("outcome") + " without a reason");
            }
            double cpu = attempt.getJsonObject("claim", new JsonObject()).getDouble("cpu", 0.0);
            changes.add(new Change(from, 1, attempt.getString("nodeId"), cpu, 1, name));
            changes.add(new Change(to, 0, attempt.getString("nodeId"), -cpu, -1, name));
            lastFinished = to.isAfter(lastFinished) ? to : lastFinished;
        }
        Instant queued = execution.getInstant("createdAt");
        firstQueued = queued.isBefore(firstQueued) ? queued : firstQueued;
        if (completed != 1) {
            violations.add(id + " was completed " + completed + " times");
        }
    }

    /** Everything that ought not to have happened; empty when all went well. @param slots of every node */
    public List<String> violations(int slots) {
        var cpu = new HashMap<String, Double>();
        var used = new HashMap<String, Integer>();
        var open = new HashMap<String, Set<String>>();
        changes.sort(Comparator.comparing(Change::at).thenComparing(Change::order));
        int all = 0;
        for (Change change : changes) {
            all += change.slots;
            mostAtOnce = Math.max(mostAtOnce, all);
            var there = open.computeIfAbsent(change.node, node -> new TreeSet<>());
            if (change.slots > 0) {
                there.add(change.attempt + " from " + change.at);
            } else {
                there.removeIf(one -> one.startsWith(change.attempt + " "));
            }
            double now = cpu.merge(change.node, change.cpu, Double::sum);
            int count = used.merge(change.node, change.slots, Integer::sum);
            peak.merge(change.node, count, Math::max);
            if (now > cpuPerNode + 1e-6) {
                violations.add(
                        "node " + change.node + " had " + now + " cores promised at " + change.at + ": " + there);
            }
            if (count > slots) {
                violations.add("node " + change.node + " had " + count + " at once at " + change.at + ": " + there);
            }
        }
        return violations;
    }

    public int executions() {
        return seen.size();
    }

    public int attempts() {
        return attempts;
    }

    /** Attempts that were open at the same moment, on all nodes; known after {@link #violations}. */
    public int mostAtOnce() {
        return mostAtOnce;
    }

    public int nodesUsed() {
        return peak.size();
    }

    /** From the first that was made to the last that ended. */
    public double seconds() {
        return (lastFinished.toEpochMilli() - firstQueued.toEpochMilli()) / 1e3;
    }
}
