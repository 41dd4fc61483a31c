package io.aiwm.controller.node;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an administrator has set of a node, also where it is what the worker says anyway: that stays, whatever the worker
 * says later. Stored beside the node, because its values alone do not tell who set them.
 *
 * @param name null, as in every field: not set, the worker's word counts
 * @param labels those set, by key; the worker's others stand beside them
 * @param removedLabels keys that the node does not have, whatever the worker says
 */
record NodeOverrides(
        String name,
        String role,
        String zone,
        Map<String, String> labels,
        Set<String> removedLabels,
        List<String> capabilities) {
    private static final String PROXY = "proxy";

    NodeOverrides {
        labels = labels == null ? Map.of() : Map.copyOf(labels);
        removedLabels = removedLabels == null ? Set.of() : Set.copyOf(removedLabels);
        capabilities = capabilities == null ? null : List.copyOf(capabilities);
    }

    /**
     * All of a node's settings set anew. A label that the worker reports and that is not among those set is removed. The role of a
     * proxy, which gives it secrets, is not set by saying again what the worker said.
     *
     * @param before null: the node is new
     */
    static NodeOverrides of(NodeSettings settings, NodeRecord.Reported reported, NodeOverrides before) {
        boolean echoed = PROXY.equals(settings.role()) && PROXY.equals(reported.role()) && before.role() == null;
        var removed = new TreeSet<String>();
        if (settings.labels() != null) {
            removed.addAll(reported.labels().keySet());
            removed.removeAll(settings.labels().keySet());
        }
        return new NodeOverrides(
                settings.name(),
                echoed ? null : settings.role(),
                settings.zone(),
                settings.labels(),
                removed,
                settings.capabilities());
    }

    /** Of a record from before overrides were stored: whatever differs from what the worker had said was set. */
    static NodeOverrides derived(Node node, NodeRecord.Reported reported) {
        var labels = new LinkedHashMap<>(node.labels());
        labels.entrySet().removeAll(reported.labels().entrySet());
        return new NodeOverrides(
                node.name().equals(node.id()) ? null : unlessSame(node.name(), reported.name()),
                PROXY.equals(node.role()) ? null : unlessSame(node.role(), reported.role()),
                unlessSame(node.zone(), reported.zone()),
                labels,
                Set.of(),
                node.capabilities().isEmpty() ? null : unlessSame(node.capabilities(), reported.capabilities()));
    }

    private static <V> V unlessSame(V value, V reported) {
        return value == null || value.equals(reported) ? null : value;
    }

    /**
     * Only what a merge patch names is set, or with null given back to the worker.
     *
     * @param merged what the node's settings become by it
     */
    NodeOverrides patched(JsonObject patch, NodeSettings merged, NodeRecord.Reported reported) {
        var set = new LinkedHashMap<>(labels);
        var removed = new TreeSet<>(removedLabels);
        if (patch.containsKey("labels")) {
            if (patch.getValue("labels") instanceof JsonObject changed) {
                for (String key : changed.fieldNames()) {
                    String value =
                            merged.labels() == null ? null : merged.labels().get(key);
                    set.remove(key);
                    removed.remove(key);
                    if (value != null) {
                        set.put(key, value);
                    } else if (reported.labels().containsKey(key)) {
                        removed.add(key);
                    }
                }
            } else {
                set.clear();
                removed.clear();
            }
        }
        return new NodeOverrides(
                patch.containsKey("name") ? merged.name() : name,
                patch.containsKey("role") ? merged.role() : role,
                patch.containsKey("zone") ? merged.zone() : zone,
                set,
                removed,
                patch.containsKey("capabilities") ? merged.capabilities() : capabilities);
    }

    /** Gives the node what is set, and what its worker says where nothing is. */
    void applyTo(NodeBuilder draft, NodeRecord.Reported reported) {
        draft.name(name != null ? name : reported.name() != null ? reported.name() : draft.id());
        draft.role(role == null ? reported.role() : role);
        draft.roleSet(role == null ? null : true);
        draft.zone(zone == null ? reported.zone() : zone);
        var all = new LinkedHashMap<>(reported.labels());
        all.keySet().removeAll(removedLabels);
        all.putAll(labels);
        draft.labels(all);
        draft.capabilities(capabilities == null ? reported.capabilities() : capabilities);
    }
}
