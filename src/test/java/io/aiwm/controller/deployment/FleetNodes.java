package io.aiwm.controller.deployment;

import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeBuilder;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.node.NodeStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Nodes by hand, and a placer that takes the first of them that is up. */
public abstract class FleetNodes implements NodeDirectory {
    public final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-21T00:00:00Z"));
    public final Map<String, Node> nodes = new LinkedHashMap<>();
    final List<Consumer<String>> lost = new ArrayList<>();

    Placer placer() {
        return wish -> {
            String pinnedTo = wish.pinnedTo();
            if (pinnedTo != null) {
                return nodes.containsKey(pinnedTo)
                        ? up(pinnedTo) ? Placer.PlacementResult.on(pinnedTo) : Placer.PlacementResult.later("offline")
                        : Placer.PlacementResult.impossible("node " + pinnedTo + " does not exist");
            }
            return nodes.keySet().stream()
                    .filter(this::up)
                    .findFirst()
                    .map(id -> Placer.PlacementResult.on(id))
                    .orElseGet(() -> Placer.PlacementResult.later("no node"));
        };
    }

    private boolean up(String id) {
        return nodes.get(id).status().isUp();
    }

    public void node(String id, NodeStatus status) {
        nodes.put(
                id,
                NodeBuilder.builder()
                        .id(id)
                        .version(1)
                        .name(id)
                        .role("cpu")
                        .labels(Map.of())
                        .capabilities(List.of())
                        .runtimes(List.of())
                        .maxParallel(4)
                        .status(status)
                        .schedulable(true)
                        .hostname(id)
                        .createdAt(now.get())
                        .updatedAt(now.get())
                        .build());
        if (status == NodeStatus.OFFLINE) {
            lost.forEach(listener -> listener.accept(id));
        }
    }

    @Override
    public Node find(String nodeId) {
        return nodes.get(nodeId);
    }

    @Override
    public Collection<Node> all() {
        return nodes.values();
    }

    @Override
    public void onChange(Runnable listener) {}

    @Override
    public void onLost(Consumer<String> listener) {
        lost.add(listener);
    }
}
