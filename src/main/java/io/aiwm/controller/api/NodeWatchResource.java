package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.metrics.MetricHistory;
import io.aiwm.controller.metrics.NodeContainers;
import io.aiwm.controller.node.Nodes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Objects;

/** What one sees of a node: what it and its GPUs used, and the containers that are on it. */
public final class NodeWatchResource implements Resource {
    private final Nodes nodes;
    private final MetricHistory history;
    private final NodeContainers containers;
    private final InstantSource clock;

    public NodeWatchResource(Nodes nodes, MetricHistory history, NodeContainers containers, InstantSource clock) {
        this.nodes = nodes;
        this.history = history;
        this.containers = containers;
        this.clock = clock;
    }

    @Override
    public String fragment() {
        return "node-watch";
    }

    @Override
    public void mount(Api api) {
        api.on("getNodeMetrics", this::metrics);
        api.on("listNodeContainers", this::listContainers);
    }

    private Future<Reply> metrics(Request request) {
        var range = HistoryView.range(request, clock.instant(), history.kept());
        return nodes.get(request.id())
                .compose(node -> history.ofNode(node.id(), range))
                .map(answer -> Reply.ok(HistoryView.node(request.id(), answer)));
    }

    private Future<Reply> listContainers(Request request) {
        return nodes.get(request.id()).compose(node -> containers.of(node.id())).map(answer -> {
            var items = new JsonArray();
            answer.containers().forEach(one -> {
                JsonObject item = Json.toObject(one);
                item.getMap().values().removeIf(Objects::isNull);
                items.add(item);
            });
            var json = new JsonObject().put("items", items);
            if (answer.at() != null) {
                json.put("at", answer.at().toString());
            }
            if (!answer.unanswered().isEmpty()) {
                json.put("unanswered", new JsonArray(answer.unanswered()));
            }
            return Reply.ok(json);
        });
    }
}
