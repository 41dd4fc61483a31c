package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ModelCommand;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/** Brings a version into the caches of many nodes before it is needed there, and takes it away again. */
public final class ModelWarming {
    /** Nodes that fetch at once. Each of the others begins when one of these has ended, so that it finds a peer that has it. */
    static final int AT_ONCE = 8;

    private static final int RETRIES = 2;
    private static final String SELECTOR = "/selector";

    /** The nodes that match. */
    @FunctionalInterface
    public interface Matching {
        /** Ids of those that are up. @param clears also those that take no new work */
        List<String> of(Requires selector, boolean clears);
    }

    /**
     * Where it is wanted.
     *
     * @param selector null: any node
     * @param count on how many nodes, those included that have it; null: on all that match
     * @param pinned true: never evicted; false: may be evicted again; null: stays as it is
     */
    public record Wanted(Requires selector, Integer count, Boolean pinned) {}

    private final Executions executions;
    private final NodeDirectory nodes;
    private final Matching matching;
    private final int maxSteps;

    /** @param maxSteps that an execution may have */
    public ModelWarming(Executions executions, NodeDirectory nodes, Matching matching, int maxSteps) {
        this.executions = executions;
        this.nodes = nodes;
        this.matching = matching;
        this.maxSteps = maxSteps;
    }

    /**
     * Makes an execution with a step for each node. Nodes that have the version come first: their step makes it the last to be
     * evicted. Fails with UNPROCESSABLE when the version is not READY, or too few nodes match.
     *
     * @param id the same twice gives what was made first
     */
    public Future<Execution> warm(String id, Model model, ModelVersion version, Wanted wanted, String actor) {
        try {
            refuseUnfit(version);
            List<String> chosen = chosen(model, version, wanted);
            JsonObject data = ModelOnNodes.wanted(model, version).put("pinned", wanted.pinned());
            var steps = new ArrayList<StepSpec>();
            for (String node : chosen) {
                int index = steps.size();
                steps.add(step(index, CommandNames.MODEL_CACHE, node, data)
                        .dependsOn(index < AT_ONCE ? List.of() : List.of(index - AT_ONCE))
                        .orderOnly(index < AT_ONCE ? null : true)
                        .build());
            }
            return executions.create(execution(id, "warm", model, version, steps), actor);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }

    /** Makes an execution that removes the version from each node that matches and has it. Fails with UNPROCESSABLE when none has. */
    public Future<Execution> evict(String id, Model model, ModelVersion version, Requires selector, String actor) {
        try {
            List<String> holding = matching(selector, true).stream()
                    .filter(node -> isOn(node, model, version))
                    .toList();
            if (holding.isEmpty()) {
                throw Failure.unprocessable(SELECTOR, "matches no node that is up and has this version");
            }
            refuseMany(holding.size());
            JsonObject data = ModelOnNodes.named(model, version);
            var steps = new ArrayList<StepSpec>();
            for (String node : holding) {
                steps.add(step(steps.size(), CommandNames.MODEL_DELETE, node, data)
                        .build());
            }
            return executions.create(execution(id, "evict", model, version, steps), actor);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }

    /** What was made under this id. Fails with NOT_FOUND. */
    public Future<Execution> made(String id) {
        return executions.get(id);
    }

    private static void refuseUnfit(ModelVersion version) {
        if (version.state() != ModelState.READY) {
            throw Failure.unprocessable("path:number", "names a version that is " + version.state() + ", not READY");
        }
        if (version.files().size() > ModelSources.MOST_FILES) {
            throw Failure.unprocessable(
                    "path:number",
                    "names a version of " + version.files().size() + " files; nodes take " + ModelSources.MOST_FILES
                            + " at most");
        }
    }

    private void refuseMany(int count) {
        if (count > maxSteps) {
            throw Failure.unprocessable(
                    SELECTOR, "matches " + count + " nodes; executions.maxSteps allows " + maxSteps + " at once");
        }
    }

    private List<String> matching(Requires selector, boolean clears) {
        try {
            return matching.of(selector, clears);
        } catch (Failure unreadable) {
            throw unreadable.kind == Failure.Kind.INVALID
                    ? Failure.unprocessable(SELECTOR + "/labelSelector", unreadable.getMessage())
                    : unreadable;
        }
    }

    private List<String> chosen(Model model, ModelVersion version, Wanted wanted) {
        List<String> matching = matching(wanted.selector(), false);
        List<String> all = matching.stream().filter(this::fetches).toList();
        if (all.isEmpty()) {
            throw Failure.unprocessable(
                    SELECTOR,
                    matching.isEmpty()
                            ? "matches no node that is up and takes work"
                            : "matches only nodes without the capability " + ModelCommand.FETCHES
                                    + ": a worker of an older version cannot fetch it");
        }
        int count = wanted.count() == null ? all.size() : wanted.count();
        if (count > all.size()) {
            throw Failure.unprocessable(
                    "/count", "is more than the " + all.size() + " nodes that match, are up and can fetch it");
        }
        refuseMany(count);
        var chosen = new ArrayList<String>();
        all.stream().filter(node -> isOn(node, model, version)).sorted().forEach(chosen::add);
        chosen.addAll(spread(all.stream().filter(node -> !chosen.contains(node)).toList()));
        return chosen.subList(0, count);
    }

    /** A worker of an older version does not read the sources that it would be sent. */
    private boolean fetches(String nodeId) {
        Node node = nodes.find(nodeId);
        return node != null
                && (node.capabilities().contains(ModelCommand.FETCHES)
                        || node.capabilities().contains(ModelCommand.CAPABILITY));
    }

    /** From each zone in turn, so that a few nodes are in as many zones as can be. */
    private List<String> spread(List<String> ids) {
        var zones = new TreeMap<String, Deque<String>>();
        for (String id : ids.stream().sorted().toList()) {
            Node node = nodes.find(id);
            String zone = node == null || node.zone() == null ? "" : node.zone();
            zones.computeIfAbsent(zone, name -> new ArrayDeque<>()).add(id);
        }
        var all = new ArrayList<String>();
        while (all.size() < ids.size()) {
            zones.values().removeIf(Deque::isEmpty);
            zones.values().forEach(zone -> all.add(zone.poll()));
        }
        return all;
    }

    private boolean isOn(String nodeId, Model model, ModelVersion version) {
        Node node = nodes.find(nodeId);
        return node != null
                && ModelOnNodes.isOn(
                        node, ModelOnNodes.name(model), ModelOnNodes.version(version), ModelOnNodes.digest(version));
    }

    private static StepSpecBuilder step(int index, String command, String node, JsonObject data) {
        return StepSpecBuilder.builder()
                .index(index)
                .name(node)
                .command(command)
                .data(data)
                .nodeId(node)
                .maxRetries(RETRIES)
                .onNodeLost(OnNodeLost.FAIL);
    }

    private static NewExecution execution(
            String id, String what, Model model, ModelVersion version, List<StepSpec> steps) {
        return NewExecutionBuilder.builder()
                .id(id)
                .name(what + " " + model.name() + " version " + version.number())
                .category("model")
                .type("model." + what)
                .resourceType("model")
                .resourceId(model.id())
                // an attempt ends when nothing comes any more
                .timeoutMs(NewExecution.UNLIMITED.toMillis())
                .start(true)
                .steps(Collections.unmodifiableList(steps))
                .build();
    }
}
