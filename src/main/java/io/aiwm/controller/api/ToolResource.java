package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.agent.Tool;
import io.aiwm.controller.agent.ToolRequest;
import io.aiwm.controller.agent.ToolTryOut;
import io.aiwm.controller.agent.Tools;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Tools of agents over REST. */
public final class ToolResource implements Resource {
    private final Tools tools;
    private final ToolTryOut tryOut;
    private final CallerIdentity callers;
    private final IdempotencyKeys keys;

    public ToolResource(Tools tools, ToolTryOut tryOut, CallerIdentity callers, IdempotencyKeys keys) {
        this.tools = tools;
        this.tryOut = tryOut;
        this.callers = callers;
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
        api.on("listToolOffers", this::offers);
        api.on("callTool", this::call);
    }

    private Future<Reply> offers(Request request) {
        return person(request)
                .compose(person -> tryOut.offers(request.id(), person))
                .map(offers -> {
                    var items = new JsonArray();
                    offers.items().forEach(offer -> items.add(ListQuery.view(offer)));
                    var shown = new JsonObject().put("items", items);
                    return Reply.ok(offers.reason() == null ? shown : shown.put("reason", offers.reason()));
                });
    }

    /** Who asks and is gone before the answer wants none: the call is ended. */
    private Future<Reply> call(Request request) {
        var wanted = request.body(ToolTryOut.Wanted.class);
        return person(request)
                .compose(person -> tryOut.call(request.id(), wanted, person, request::onGone))
                .map(answer -> Reply.ok(new JsonObject()
                        .put("name", answer.name())
                        .put("failed", answer.failed())
                        .put("text", answer.text())
                        .put("latencyMs", answer.millis())));
    }

    private Future<ToolTryOut.Person> person(Request request) {
        String keyId = request.principal().isApiKey() ? request.principal().tokenId() : null;
        return callers.of(request).map(user -> new ToolTryOut.Person(user, keyId, request.requestId()));
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
                                LenientListing.of(
                                        page.items(), Tool::id, tool -> request.readable(ListQuery.view(tool))),
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
