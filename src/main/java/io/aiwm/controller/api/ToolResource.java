package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.agent.Tool;
import io.aiwm.controller.agent.ToolRequest;
import io.aiwm.controller.agent.Tools;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;

/** Tools of agents over REST. */
public final class ToolResource implements Resource {
    private final Tools tools;
    private final IdempotencyKeys keys;

    public ToolResource(Tools tools, IdempotencyKeys keys) {
        this.tools = tools;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "tools";
    }

    @Override
    public void mount(Api api) {
        api.on("createTool", this::create);
        api.on("listTools", this::list);
        api.on("countTools", this::count);
        api.on("getTool", request -> shown(request, tools.get(request.id())));
        api.on(
                "replaceTool",
                request -> shown(
                        request,
                        tools.replace(
                                request.id(),
                                request.body(ToolRequest.class),
                                request.principal().name(),
                                request.ifMatch())));
        api.on(
                "deleteTool",
                request -> tools.delete(request.id(), request.ifMatch()).map(gone -> Reply.noContent()));
        api.on("restoreTool", request -> shown(request, tools.restore(request.id(), request.ifMatch())));
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(ToolRequest.class);
        return keys.once(
                        request,
                        "createTool",
                        Ids.next(Tool.PREFIX),
                        tools::get,
                        id -> tools.create(id, wanted, request.principal().name()))
                .map(made -> Reply.created("/api/tools/" + made.id(), ListQuery.view(made))
                        .etag(made.version()));
    }

    private Future<Reply> list(Request request) {
        return tools.find(ListQuery.of(request), request.pageSize(), request.pageToken())
                .compose(page -> tools.count(ListQuery.of(request))
                        .map(total -> Reply.page(
                                EachShown.of(page.items(), Tool::id, tool -> request.readable(ListQuery.view(tool))),
                                page.nextCursor(),
                                total)));
    }

    private Future<Reply> count(Request request) {
        String group = request.query("groupBy") == null ? "kind" : request.query("groupBy");
        return tools.count(ListQuery.of(request))
                .compose(total -> tools.countBy(group, ListQuery.of(request))
                        .map(counts -> ListQuery.counts(group, total, counts)));
    }

    private static Future<Reply> shown(Request request, Future<Tool> found) {
        return found.map(
                tool -> Reply.ok(request.readable(ListQuery.view(tool))).etag(tool.version()));
    }
}
