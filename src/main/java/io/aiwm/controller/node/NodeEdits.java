package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Changes what an administrator may set of a node. */
final class NodeEdits {
    private final Nodes nodes;
    private final Records<NodeRecord> records;

    NodeEdits(Nodes nodes, Records<NodeRecord> records) {
        this.nodes = nodes;
        this.records = records;
    }

    /** Sets everything an administrator may set. @param ifVersion null: any; another version: PRECONDITION */
    Future<Node> replace(String id, NodeSettings settings, Long ifVersion) {
        return set(
                id,
                ifVersion,
                (old, record) ->
                        new Change(settings, NodeOverrides.of(settings, record.reported(), record.overrides())));
    }

    /** Changes some of what an administrator may set: a JSON merge patch of {@link NodeSettings}. */
    Future<Node> patch(String id, JsonObject patch, Long ifVersion) {
        return set(id, ifVersion, (old, record) -> {
            var merged = Json.decode(MergePatch.apply(Json.toObject(old), patch), NodeSettings.class);
            return new Change(merged, record.overrides().patched(patch, merged, record.reported()));
        });
    }

    /** What a caller makes of a node's settings. */
    private record Change(NodeSettings settings, NodeOverrides overrides) {}

    private interface Setting {
        Change of(NodeSettings old, NodeRecord record);
    }

    private Future<Node> set(String id, Long ifVersion, Setting setting) {
        return records.update(id, record -> {
                    Node node = record.node();
                    if (ifVersion != null && ifVersion != node.version()) {
                        throw new Failure(
                                Failure.Kind.PRECONDITION,
                                "node " + id + " is at version " + node.version() + ", not " + ifVersion);
                    }
                    var old = new NodeSettings(
                            node.name(),
                            node.role(),
                            node.zone(),
                            node.labels(),
                            node.capabilities(),
                            !node.cordoned());
                    Change change = setting.of(old, record);
                    NodeSettings.refuse(change.settings.errors());
                    var draft = NodeBuilder.builder(node);
                    change.overrides.applyTo(draft, record.reported());
                    draft.cordoned(change.settings.cordons());
                    draft.updatedAt(nodes.now());
                    return new NodeRecord(draft.build(), record.reported(), change.overrides);
                })
                .map(record -> nodes.live(record.node()));
    }
}
