package io.aiwm.controller.node;

import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What is stored of a node: the node as everyone sees it, and beside it what its worker said of itself last. By the
 * difference, what an administrator has set is told from what the worker brought, and wins over it.
 */
record NodeRecord(Node node, Reported reported) {
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            "nodes", List.of(DocumentStore.Field.text("node.status"), DocumentStore.Field.text("node.updatedAt")));
    static final String UPDATED_AT = "node.updatedAt";
    static final Records.Shape<NodeRecord> SHAPE =
            Records.Shape.of(record -> record.node.id(), record -> record.node.version(), NodeRecord::withVersion);

    /** As the worker's last registration had it. */
    record Reported(String name, String role, String zone, Map<String, String> labels, List<String> capabilities) {
        static final Reported NOTHING = new Reported(null, null, null, Map.of(), List.of());

        static Reported of(NodeRegister said) {
            return new Reported(said.name(), said.role(), said.zone(), said.labels(), said.capabilities());
        }

        /** With the capability that an engine which answers gives, and without it otherwise. */
        Reported engine(SystemInfo.ContainerEngine engine) {
            var others = new ArrayList<>(capabilities);
            others.remove(NodeRegister.CONTAINER_ENGINE);
            if (Boolean.TRUE.equals(engine.reachable())) {
                others.add(0, NodeRegister.CONTAINER_ENGINE);
            }
            return new Reported(name, role, zone, labels, List.copyOf(others));
        }
    }

    /** A value nobody but the worker has set follows the worker; any other stays. */
    static <V> V merge(V current, V reportedBefore, V reportedNow) {
        return current == null || Objects.equals(current, reportedBefore)
                ? (reportedNow == null ? current : reportedNow)
                : current;
    }

    /** Label by label: the worker's follow the worker, those set over the API stay. */
    static Map<String, String> mergeLabels(
            Map<String, String> current, Map<String, String> reportedBefore, Map<String, String> reportedNow) {
        var merged = new LinkedHashMap<>(reportedNow);
        current.forEach((key, value) -> {
            if (!value.equals(reportedBefore.get(key))) {
                merged.put(key, value);
            }
        });
        return merged;
    }

    private NodeRecord withVersion(long version) {
        var draft = new NodeDraft(node);
        draft.version = version;
        return new NodeRecord(draft.done(), reported);
    }
}
