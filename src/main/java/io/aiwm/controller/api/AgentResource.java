package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.agent.Agent;
import io.aiwm.controller.agent.AgentRequest;
import io.aiwm.controller.agent.Agents;
import io.aiwm.controller.agent.Instruction;
import io.aiwm.controller.agent.Tool;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.ResolvedModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Agents over REST, where asked with what they refer to. */
public final class AgentResource implements Resource {
    private static final List<String> PARTS = List.of("instruction", "tools", "model");

    private final Agents agents;
    private final Supplier<ResolvedModels> models;
    private final IdempotencyKeys keys;

    /** @param models what names of models lead to now */
    public AgentResource(Agents agents, Supplier<ResolvedModels> models, IdempotencyKeys keys) {
        this.agents = agents;
        this.models = models;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "agents";
    }

    @Override
    public void mount(Api api) {
        api.on("createAgent", this::create);
        api.on("listAgents", this::list);
        api.on(
                "countAgents",
                request -> agents.count(ListQuery.of(request))
                        .compose(total -> agents.countBy("activity", ListQuery.of(request))
                                .map(counts -> ListQuery.counts("activity", total, counts))));
        api.on("getAgent", this::get);
        api.on(
                "replaceAgent",
                request -> shown(agents.replace(
                        request.id(),
                        request.body(AgentRequest.class),
                        request.principal().name(),
                        request.ifMatch())));
        api.on(
                "deleteAgent",
                request -> agents.delete(request.id(), request.ifMatch()).map(gone -> Reply.noContent()));
        api.on("restoreAgent", request -> shown(agents.restore(request.id(), request.ifMatch())));
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(AgentRequest.class);
        return keys.once(
                        request,
                        "createAgent",
                        Ids.next(Agent.PREFIX),
                        agents::get,
                        id -> agents.create(id, wanted, request.principal().name()))
                .map(made -> Reply.created("/api/agents/" + made.id(), ListQuery.view(made))
                        .etag(made.version()));
    }

    private static Future<Reply> shown(Future<Agent> found) {
        return found.map(agent -> Reply.ok(ListQuery.view(agent)).etag(agent.version()));
    }

    /** Fails with INVALID naming what it does not know. */
    private static Set<String> populate(Request request) {
        var wanted = new LinkedHashSet<String>();
        for (String value : request.queryAll("populate")) {
            for (String part : value.split(",", -1)) {
                if (!PARTS.contains(part)) {
                    throw Failure.invalid("query:populate", part + " is none of " + String.join(", ", PARTS));
                }
                wanted.add(part);
            }
        }
        return wanted;
    }

    private Future<Reply> get(Request request) {
        Set<String> wanted = populate(request);
        return agents.get(request.id())
                .compose(agent -> views(request, List.of(agent), wanted).map(shown -> {
                    Reply reply = Reply.ok(shown.get(0)).etag(agent.version());
                    return wanted.isEmpty() ? reply : reply.alwaysWhole();
                }));
    }

    private Future<Reply> list(Request request) {
        Set<String> wanted = populate(request);
        return agents.find(ListQuery.of(request), request.pageSize(), request.pageToken())
                .compose(page -> views(request, page.items(), wanted)
                        .compose(shown -> agents.count(ListQuery.of(request))
                                .map(total -> Reply.page(shown, page.nextCursor(), total))));
    }

    private Future<List<JsonObject>> views(Request request, List<Agent> all, Set<String> wanted) {
        Future<Map<String, Instruction>> instructions =
                wanted.contains("instruction") ? agents.instructionsOf(all) : Future.succeededFuture(Map.of());
        Future<Map<String, Tool>> tools =
                wanted.contains("tools") ? agents.toolsOf(all) : Future.succeededFuture(Map.of());
        ResolvedModels resolved = wanted.contains("model") ? models.get() : null;
        return Future.all(instructions, tools)
                .map(both -> LenientListing.of(all, Agent::id, agent -> {
                    JsonObject view = ListQuery.view(agent);
                    Instruction instruction = instructions.result().get(agent.id());
                    if (instruction != null) {
                        view.put("instruction", ListQuery.view(instruction));
                    }
                    if (wanted.contains("tools")) {
                        var shown = new JsonArray();
                        agent.toolIds().stream()
                                .map(tools.result()::get)
                                .filter(java.util.Objects::nonNull)
                                .forEach(tool -> shown.add(request.readable(ListQuery.view(tool))));
                        view.put("tools", shown);
                    }
                    if (resolved != null) {
                        view.put("modelCallable", resolved.isCallable(agent.model()))
                                .put("resolvedModel", resolved.of(agent.model()));
                    }
                    return view;
                }));
    }
}
