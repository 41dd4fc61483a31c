package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.User;
import io.aiwm.controller.auth.UserChange;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Users over REST, and what everyone may do with their own account. */
public final class UserResource implements Resource {
    private final Users users;

    public UserResource(Users users) {
        this.users = users;
    }

    private record NewUser(String username, String password, Role role) {}

    @Override
    public String fragment() {
        return "users";
    }

    @Override
    public void mount(Api api) {
        api.on("listUsers", this::list);
        api.on("createUser", this::create);
        api.on("getUser", request -> users.get(request.id()).map(UserResource::shown));
        api.on(
                "updateUser",
                request -> users.change(request.id(), request.body(UserChange.class), request.ifMatch())
                        .map(UserResource::shown));
        api.on(
                "deleteUser",
                request -> users.delete(request.id(), request.ifMatch()).map(gone -> Reply.noContent()));
        api.on("changePassword", this::changePassword);
        api.on("logout", request -> users.endSessions(signedIn(request)).map(done -> Reply.noContent()));
    }

    private Future<Reply> list(Request request) {
        String part = request.query("q");
        return users.list(part, request.pageSize(), request.pageToken())
                .compose(page -> users.count(part)
                        .map(total -> Reply.page(
                                page.items().stream().map(UserResource::json).toList(), page.nextCursor(), total)));
    }

    private Future<Reply> create(Request request) {
        NewUser wanted = request.body(NewUser.class);
        return users.create(wanted.username(), wanted.password(), wanted.role())
                .map(user ->
                        Reply.created("/api/users/" + user.id(), json(user)).etag(user.version()));
    }

    private Future<Reply> changePassword(Request request) {
        JsonObject given = request.json();
        return users.changePassword(
                        signedIn(request), given.getString("current"), given.getString("new"), request.remoteAddress())
                .map(done -> Reply.noContent());
    }

    /** A key in a script is no reason to throw its owner out. */
    private static String signedIn(Request request) {
        if (request.principal().isApiKey()) {
            throw new Failure(Failure.Kind.FORBIDDEN, "not with an API key; sign in");
        }
        return request.principal().name();
    }

    private static Reply shown(User user) {
        return Reply.ok(json(user)).etag(user.version());
    }

    /** Field by field, so that what is added to a user is not shown before somebody wants it to be. */
    private static JsonObject json(User user) {
        var json = new JsonObject()
                .put("username", user.id())
                .put("role", user.role().name())
                .put("disabled", user.disabled())
                .put("version", user.version())
                .put("createdAt", user.createdAt())
                .put("updatedAt", user.updatedAt());
        return user.team() == null ? json : json.put("team", user.team());
    }
}
