package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.auth.Team;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.inference.limit.KeyLimits;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Teams over REST: the limits that users and keys with one label have together. */
public final class TeamResource implements Resource {
    private final Teams teams;

    public TeamResource(Teams teams) {
        this.teams = teams;
    }

    private record Wanted(String description, KeyLimits limits) {}

    @Override
    public String fragment() {
        return "teams";
    }

    @Override
    public void mount(Api api) {
        api.on("listTeams", this::list);
        api.on(
                "getTeam",
                request -> teams.get(name(request))
                        .map(team -> Reply.ok(json(team)).etag(team.version())));
        api.on("setTeam", this::set);
        api.on(
                "deleteTeam",
                request -> teams.delete(name(request), request.ifMatch()).map(gone -> Reply.noContent()));
    }

    private static String name(Request request) {
        return request.path("name");
    }

    private Future<Reply> list(Request request) {
        return teams.list(request.pageSize(), request.pageToken())
                .compose(page -> teams.count()
                        .map(total -> Reply.page(
                                page.items().stream().map(TeamResource::json).toList(), page.nextCursor(), total)));
    }

    private Future<Reply> set(Request request) {
        Wanted wanted = request.body(Wanted.class);
        return teams.put(name(request), wanted.description(), wanted.limits(), request.ifMatch())
                .map(put -> {
                    JsonObject shown = json(put.team());
                    Reply reply = put.created() ? Reply.created("/api/teams/" + name(request), shown) : Reply.ok(shown);
                    return reply.etag(put.team().version());
                });
    }

    private static JsonObject json(Team team) {
        JsonObject json = Json.toObject(team);
        json.remove("id");
        return json.put("name", team.id());
    }
}
