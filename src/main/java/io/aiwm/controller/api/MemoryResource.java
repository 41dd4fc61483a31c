package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Agents;
import io.aiwm.controller.agent.Memories;
import io.aiwm.controller.agent.Memory;
import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;

/** What agents noted about their users, over REST. Each user reads and deletes their own; an administrator may delete that of another. */
public final class MemoryResource implements Resource {
    private final Agents agents;
    private final Memories memories;
    private final CallerIdentity callers;

    public MemoryResource(Agents agents, Memories memories, CallerIdentity callers) {
        this.agents = agents;
        this.memories = memories;
        this.callers = callers;
    }

    @Override
    public String fragment() {
        return "agent-memory";
    }

    @Override
    public void mount(Api api) {
        api.on("listMemory", this::list);
        api.on(
                "getMemory",
                request -> own(request)
                        .compose(of -> memories.get(of, request.path("key")))
                        .map(one -> Reply.ok(ListQuery.view(one)).etag(one.version())));
        api.on(
                "deleteMemory",
                request -> toDelete(request)
                        .compose(of -> memories.forget(of, request.path("key")))
                        .map(was -> {
                            if (!was) {
                                throw Failure.notFound("memory", request.path("key"));
                            }
                            return Reply.noContent();
                        }));
        api.on(
                "clearMemory",
                request -> toDelete(request).compose(memories::forgetAll).map(gone -> Reply.noContent()));
    }

    private Future<Memory.Of> own(Request request) {
        return callers.of(request).compose(user -> of(request, user));
    }

    /** The agent may be deleted: what it noted is still there. */
    private Future<Memory.Of> of(Request request, UserIdentity user) {
        return agents.any(request.id()).map(agent -> new Memory.Of(agent.id(), user));
    }

    private Future<Memory.Of> toDelete(Request request) {
        String named = request.query("user");
        if (named == null || named.equals(request.principal().name())) {
            return own(request);
        }
        if (!request.principal().role().includes(Role.ADMIN)) {
            throw new Failure(
                    Failure.Kind.FORBIDDEN, "only an administrator may delete what an agent noted about another user");
        }
        return of(request, UserIdentity.named(named));
    }

    private Future<Reply> list(Request request) {
        return own(request)
                .compose(of -> memories.find(of, request.pageSize(), request.pageToken())
                        .compose(page -> memories.count(of)
                                .map(total -> Reply.page(
                                        LenientListing.of(page.items(), Memory::id, ListQuery::view),
                                        page.nextCursor(),
                                        total))));
    }
}
