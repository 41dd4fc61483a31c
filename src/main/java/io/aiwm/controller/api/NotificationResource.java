package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.notification.Inbox;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The inbox over REST: what a user is told, and what the user has read. */
public final class NotificationResource implements Resource {
    private final Inbox inbox;
    private final CallerIdentity callers;

    public NotificationResource(Inbox inbox, CallerIdentity callers) {
        this.inbox = inbox;
        this.callers = callers;
    }

    private Future<Inbox.Reader> reader(Request request) {
        return callers.of(request).map(who -> new Inbox.Reader(request.principal(), who.since()));
    }

    @Override
    public String fragment() {
        return "notifications";
    }

    @Override
    public void mount(Api api) {
        api.on("listNotifications", this::list);
        api.on(
                "readNotification",
                request -> reader(request)
                        .compose(who -> inbox.read(who, Long.parseLong(request.path("revision"))))
                        .map(done -> Reply.noContent()));
        api.on(
                "readNotifications",
                request -> reader(request)
                        .compose(who -> inbox.readUpTo(who, request.json().getLong("upTo")))
                        .map(done -> Reply.noContent()));
    }

    private Future<Reply> list(Request request) {
        long before = request.number("before", -1);
        return reader(request)
                .compose(who -> inbox.page(who, request.flag("unread"), before < 0 ? null : before, request.pageSize()))
                .map(page -> {
                    List<JsonObject> items = page.items().stream()
                            .map(NotificationResource::shown)
                            .toList();
                    var json = new JsonObject().put("items", new io.vertx.core.json.JsonArray(items));
                    return Reply.ok(page.next() == null ? json : json.put("nextBefore", page.next()));
                });
    }

    private static JsonObject shown(Inbox.Shown one) {
        JsonObject json = Json.toObject(one.item());
        List.of("version", "owner", "createdAt").forEach(json::remove);
        return json.put("read", one.read());
    }
}
