package io.aiwm.controller.node;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.aiwm.controller.store.ValidatedRecord;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is stored of a node: the node as everyone sees it, and beside it the two that its settings come from: what its
 * worker said of itself last, and what an administrator has set, which wins.
 *
 * @param overrides null in a record of an older AIWM
 */
record NodeRecord(Node node, Reported reported, NodeOverrides overrides) implements ValidatedRecord {
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    "nodes",
                    List.of(DocumentStore.Field.text("node.status"), DocumentStore.Field.text("node.updatedAt")))
            .telling();
    static final String UPDATED_AT = "node.updatedAt";
    static final Records.Shape<NodeRecord> SHAPE =
            Records.Shape.of(record -> record.node.id(), record -> record.node.version(), NodeRecord::withVersion);

    NodeRecord {
        reported = reported == null ? Reported.NOTHING : reported;
        overrides = overrides == null ? NodeOverrides.derived(node, reported) : overrides;
    }

    @Override
    public void check() {
        requireNonNull(node.id(), "node.id");
        requireNonNull(node.name(), "node.name");
        requireNonNull(node.status(), "node.status");
        requireNonNull(node.createdAt(), "node.createdAt");
    }

    /** As the worker's last registration had it. */
    record Reported(String name, String role, String zone, Map<String, String> labels, List<String> capabilities) {
        static final Reported NOTHING = new Reported(null, null, null, Map.of(), List.of());

        Reported {
            labels = labels == null ? Map.of() : labels;
            capabilities = capabilities == null ? List.of() : capabilities;
        }

        /** Where the worker says nothing now, what it said before counts on. */
        Reported then(NodeRegister said) {
            return new Reported(
                    said.name() == null ? name : said.name(),
                    said.role() == null ? role : said.role(),
                    said.zone() == null ? zone : said.zone(),
                    said.labels(),
                    said.capabilities());
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

    /** The same with another node, changed in what is not set by an administrator or said by the worker. */
    NodeRecord with(NodeBuilder changed) {
        return new NodeRecord(changed.build(), reported, overrides);
    }

    private NodeRecord withVersion(long version) {
        return with(NodeBuilder.builder(node).version(version));
    }
}
