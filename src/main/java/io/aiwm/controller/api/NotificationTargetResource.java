package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.notification.Deliveries;
import io.aiwm.controller.notification.Delivery;
import io.aiwm.controller.notification.Rule;
import io.aiwm.controller.notification.RuleRequest;
import io.aiwm.controller.notification.Rules;
import io.aiwm.controller.notification.Senders;
import io.aiwm.controller.notification.Target;
import io.aiwm.controller.notification.TargetProbe;
import io.aiwm.controller.notification.TargetRequest;
import io.aiwm.controller.notification.Targets;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** Targets of notifications over REST, what is on its way to them, and the rules that say what goes there. */
public final class NotificationTargetResource implements Resource {
    private final Targets targets;
    private final Rules rules;
    private final Deliveries deliveries;
    private final Senders senders;
    private final TargetProbe probe;

    public NotificationTargetResource(
            Targets targets, Rules rules, Deliveries deliveries, Senders senders, TargetProbe probe) {
        this.targets = targets;
        this.rules = rules;
        this.deliveries = deliveries;
        this.senders = senders;
        this.probe = probe;
    }

    @Override
    public String fragment() {
        return "notification-targets";
    }

    @Override
    public void mount(Api api) {
        api.on("listNotificationTargets", this::list);
        api.on("getNotificationTarget", request -> targets.get(name(request)).compose(this::counted));
        api.on("setNotificationTarget", this::set);
        api.on("deleteNotificationTarget", this::delete);
        api.on(
                "testNotificationTarget",
                request -> targets.get(name(request)).compose(probe::send).map(sent -> Reply.noContent()));
        api.on("listNotificationDeliveries", this::listDeliveries);
        api.on("replayNotificationDeliveries", this::replay);
        api.on(
                "listNotificationRules",
                request -> rules.all()
                        .map(all -> Reply.page(
                                all.stream()
                                        .map(NotificationTargetResource::json)
                                        .toList(),
                                null,
                                (long) all.size())));
        api.on(
                "getNotificationRule",
                request -> rules.get(name(request))
                        .map(rule -> Reply.ok(json(rule)).etag(rule.version())));
        api.on("setNotificationRule", this::setRule);
        api.on(
                "deleteNotificationRule",
                request -> rules.delete(name(request), request.ifMatch()).map(gone -> Reply.noContent()));
    }

    private static String name(Request request) {
        return request.path("name");
    }

    private Future<Reply> list(Request request) {
        return targets.all().map(all -> Reply.page(all.stream().map(this::json).toList(), null, (long) all.size()));
    }

    /** A target, and how much is on its way to it. */
    private Future<Reply> counted(Target target) {
        return deliveries
                .count(target.id(), Delivery.State.WAITING)
                .compose(waiting -> deliveries
                        .count(target.id(), Delivery.State.DEAD)
                        .map(dead -> Reply.ok(
                                        json(target).put("waiting", waiting).put("dead", dead))
                                .etag(target.version())
                                .alwaysWhole()));
    }

    private Future<Reply> set(Request request) {
        return targets.put(
                        name(request),
                        request.body(TargetRequest.class),
                        request.principal().name(),
                        request.ifMatch())
                .map(put -> (put.created()
                                ? Reply.created("/api/notification-targets/" + name(request), json(put.target()))
                                : Reply.ok(json(put.target())))
                        .etag(put.target().version()));
    }

    private Future<Reply> delete(Request request) {
        return targets.delete(name(request), request.ifMatch())
                .compose(gone -> deliveries.forget(name(request)))
                .map(gone -> Reply.noContent());
    }

    private Future<Reply> listDeliveries(Request request) {
        String state = request.query("state");
        var which = state == null ? Delivery.State.DEAD : Delivery.State.valueOf(state.toUpperCase(Locale.ROOT));
        return targets.get(name(request))
                .compose(target -> deliveries.page(target.id(), which, request.pageSize(), request.pageToken()))
                .map(page -> Reply.page(
                        page.items().stream()
                                .map(NotificationTargetResource::json)
                                .toList(),
                        page.nextCursor(),
                        null));
    }

    private Future<Reply> replay(Request request) {
        return targets.get(name(request))
                .compose(target -> deliveries.replay(target.id()))
                .map(count -> Reply.ok(new JsonObject().put("replayed", count)));
    }

    private Future<Reply> setRule(Request request) {
        return rules.put(
                        name(request),
                        request.body(RuleRequest.class),
                        request.principal().name(),
                        request.ifMatch())
                .map(put -> (put.created()
                                ? Reply.created("/api/notification-rules/" + name(request), json(put.rule()))
                                : Reply.ok(json(put.rule())))
                        .etag(put.rule().version()));
    }

    private JsonObject json(Target target) {
        JsonObject json = named(Json.toObject(target)).put("reachable", senders.has(target));
        return target.url() == null ? json : json.put("url", target.shownUrl());
    }

    private static JsonObject json(Rule rule) {
        return named(Json.toObject(rule));
    }

    private static JsonObject named(JsonObject json) {
        var shown = new JsonObject().put("name", json.remove("id"));
        return shown.mergeIn(json);
    }

    private static JsonObject json(Delivery delivery) {
        JsonObject json = Json.toObject(delivery);
        JsonObject notice = json.getJsonObject("notice");
        List.of("version", "notice", "target").forEach(json::remove);
        for (String field : List.of("type", "severity", "kind", "resourceId", "text", "at")) {
            if (notice.getValue(field) != null) {
                json.put(field, notice.getValue(field));
            }
        }
        return json;
    }
}
