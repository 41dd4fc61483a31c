package io.aiwm.controller.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.aiwm.common.Json;
import io.aiwm.controller.cluster.AmountsView;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.node.NewNode;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeClocks;
import io.aiwm.controller.node.NodeFilterBuilder;
import io.aiwm.controller.node.NodeMaintenance;
import io.aiwm.controller.node.NodePage;
import io.aiwm.controller.node.NodeSettings;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.node.NodeToken;
import io.aiwm.controller.node.NodeTokens;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.proxy.ProxyView;
import io.aiwm.controller.scheduler.NodeAmounts;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** Nodes and their tokens over REST. */
public final class NodeResource implements Resource {
    private final Nodes nodes;
    private final NodeMaintenance maintenance;
    private final NodeTokens tokens;
    private final NodeClocks clocks;
    private final Function<String, NodeAmounts> amounts;
    private final Function<String, ProxyView> proxies;

    /** A node, and what of it is promised and free. @param amounts null: the scheduler does not know it yet, or a list */
    private record Whole(
            @JsonUnwrapped Node node, AmountsView amounts, Long clockSkewMs, List<String> warnings, ProxyView proxy) {}

    /**
     * @param amounts of a node, by its id; null when the scheduler does not know it
     * @param proxies what is known of a node's proxy, by its id; null: nothing
     */
    public NodeResource(
            Nodes nodes,
            NodeMaintenance maintenance,
            NodeTokens tokens,
            NodeClocks clocks,
            Function<String, NodeAmounts> amounts,
            Function<String, ProxyView> proxies) {
        this.nodes = nodes;
        this.maintenance = maintenance;
        this.tokens = tokens;
        this.clocks = clocks;
        this.amounts = amounts;
        this.proxies = proxies;
    }

    @Override
    public String fragment() {
        return "nodes";
    }

    @Override
    public void mount(Api api) {
        api.on("listNodes", this::list);
        api.on("createNode", this::create);
        api.on("getNode", request -> nodes.get(request.id()).compose(this::whole));
        api.on("replaceNode", this::replace);
        api.on(
                "updateNode",
                request -> nodes.patch(request.id(), request.json(), request.ifMatch())
                        .map(NodeResource::shown));
        api.on("deleteNode", this::delete);
        api.on("setNodeSchedulable", this::schedulable);
        api.on("takeGpuOutOfService", this::gpuOut);
        api.on(
                "putGpuIntoService",
                request -> maintenance.gpuIn(request.id(), gpu(request)).map(NodeResource::shown));
        api.on(
                "removeMissingGpu",
                request -> maintenance.gpuRemoved(request.id(), gpu(request)).map(NodeResource::shown));
        api.on("issueNodeToken", this::issueToken);
        api.on("listNodeTokens", this::listTokens);
        api.on(
                "revokeNodeToken",
                request -> tokens.revoke(request.id(), request.path("tokenId")).map(done -> Reply.noContent()));
    }

    private Future<Reply> list(Request request) {
        NodePage page = nodes.list(NodeFilterBuilder.builder()
                .status(request.queryAll("status").stream()
                        .map(NodeStatus::valueOf)
                        .toList())
                .zone(request.queryAll("zone"))
                .role(request.queryAll("role"))
                .capability(request.queryAll("capability"))
                .labelSelector(request.query("labelSelector"))
                .schedulable(choice(request, "schedulable"))
                .draining(choice(request, "draining"))
                .q(request.query("q"))
                .pageSize(request.pageSize())
                .pageToken(request.pageToken())
                .build());
        // a thousand nodes with hundreds of models each are nothing for a list
        return Future.succeededFuture(Reply.page(
                page.items().stream()
                        .map(node -> told(node.withModels(List.of()), null, null))
                        .toList(),
                page.nextPageToken(),
                page.totalSize()));
    }

    private Future<Reply> create(Request request) {
        return nodes.create(request.body(NewNode.class))
                .map(node -> Reply.created("/api/nodes/" + node.id(), node).etag(node.version()));
    }

    private Future<Reply> replace(Request request) {
        return nodes.replace(request.id(), request.body(NodeSettings.class), request.ifMatch())
                .map(NodeResource::shown);
    }

    private Future<Reply> delete(Request request) {
        return nodes.get(request.id()).compose(node -> {
            request.requireMatch(node.version());
            return nodes.delete(request.id(), request.flag("force")).map(gone -> Reply.noContent());
        });
    }

    private Future<Reply> schedulable(Request request) {
        return maintenance
                .schedulable(request.id(), request.json().getBoolean("schedulable"))
                .map(NodeResource::shown);
    }

    private Future<Reply> gpuOut(Request request) {
        return maintenance
                .gpuOut(
                        request.id(),
                        gpu(request),
                        request.json().getString("reason"),
                        request.principal().name())
                .map(NodeResource::shown);
    }

    private static int gpu(Request request) {
        return Integer.parseInt(request.path("gpu"));
    }

    /** Null when it is not asked for. */
    private static Boolean choice(Request request, String name) {
        return request.query(name) == null ? null : Boolean.valueOf(request.flag(name));
    }

    private Future<Reply> issueToken(Request request) {
        JsonObject wanted = request.json();
        return tokens.issue(request.id(), wanted.getLong("expiresIn"), wanted.getString("description"))
                .map(issued -> Reply.of(201, Json.encode(issued)));
    }

    private Future<Reply> listTokens(Request request) {
        return tokens.list(request.id())
                .map(list -> Reply.page(list.stream().map(NodeResource::shown).toList(), null, (long) list.size()));
    }

    /** Amounts change without the record's version, so nobody is told that nothing changed. */
    private Future<Reply> whole(Node node) {
        NodeAmounts has = amounts.apply(node.id());
        // without the store the node is shown all the same
        return tokens.warning(node.id())
                .otherwiseEmpty()
                .map(ofToken -> Reply.ok(told(node, has == null ? null : AmountsView.whole(has), ofToken))
                        .etag(node.version())
                        .alwaysWhole());
    }

    /** @param ofToken what there is to say of its token; null: nothing */
    private Whole told(Node node, AmountsView has, String ofToken) {
        Long ahead = clocks.aheadMillis(node.id());
        List<String> warnings = Stream.of(NodeClocks.warning(ahead), ofToken)
                .filter(Objects::nonNull)
                .toList();
        return new Whole(node, has, ahead, warnings.isEmpty() ? null : warnings, proxies.apply(node.id()));
    }

    private static Reply shown(Node node) {
        return Reply.ok(node).etag(node.version());
    }

    /** Under the name by which it was issued and is revoked. */
    private static JsonObject shown(NodeToken token) {
        JsonObject json = Json.toObject(token);
        json.put("tokenId", json.remove("id"));
        json.remove("version");
        return json;
    }
}
