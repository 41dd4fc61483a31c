package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.eventlog.ClusterEvent;
import io.aiwm.controller.eventlog.EventFilter;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The log of all events: a page of it, or as it goes on. */
public final class EventResource implements Resource {
    /** Blocks of the log that one page looks through; a filter that takes little gives a page with few items. */
    private static final int MOST_BLOCKS = 200;

    private static final int AT_ONCE = 500;
    /** Events that one page looks through from a revision on. */
    private static final int MOST_EVENTS = 20_000;

    private final EventTail tail;
    private final CallerIdentity callers;

    public EventResource(EventTail tail, CallerIdentity callers) {
        this.tail = tail;
        this.callers = callers;
    }

    @Override
    public String fragment() {
        return "events";
    }

    @Override
    public void mount(Api api) {
        api.on("listEvents", this::list);
    }

    private Future<Reply> list(Request request) {
        return callers.of(request).compose(who -> list(request, filter(request, who.since())));
    }

    private static EventFilter filter(Request request, Instant since) {
        return EventFilter.of(
                new EventFilter.Wanted(
                        request.queryAll("type"),
                        request.queryAll("kind"),
                        request.queryAll("resource"),
                        request.query("severity")),
                request.principal(),
                since);
    }

    private Future<Reply> list(Request request, EventFilter filter) {
        StreamForm form = StreamForm.of(request, StreamForm.TEXT);
        Long after = after(request);
        if (form != StreamForm.TEXT) {
            return (after == null ? tail.range().map(EventTail.Range::newest) : tail.check(after))
                    .map(from -> new EventWriter(tail, filter, form).reply(from));
        }
        return after == null ? newest(request, filter) : onward(after, filter, request.pageSize());
    }

    /** What the client got last counts more than what its address says: it connects again. Null: neither is there. */
    private static Long after(Request request) {
        String last = request.header("Last-Event-ID");
        String text = last == null || last.isEmpty() ? request.query("after") : last;
        try {
            return text == null ? null : Long.valueOf(text);
        } catch (NumberFormatException notOurs) {
            throw Failure.invalid("header:Last-Event-ID", "is the revision of an event");
        }
    }

    private Future<Reply> newest(Request request, EventFilter filter) {
        long before = before(request.pageToken());
        return tail.range()
                .compose(range -> tail.before(before, filter, request.pageSize(), MOST_BLOCKS)
                        .map(found -> page(found.events(), range.newest())
                                .put("nextPageToken", found.end() ? null : Long.toString(found.next()))))
                .map(EventResource::reply);
    }

    private static long before(String token) {
        try {
            return token == null ? Long.MAX_VALUE : Long.parseLong(token);
        } catch (NumberFormatException notOurs) {
            throw Failure.invalid("query:pageToken", "is not one of this list");
        }
    }

    private Future<Reply> onward(long after, EventFilter filter, int limit) {
        return tail.check(after)
                .compose(from -> onward(from, filter, new ArrayList<>(), limit, MOST_EVENTS))
                .map(EventResource::reply);
    }

    private Future<JsonObject> onward(
            long after, EventFilter filter, List<ClusterEvent> found, int limit, int mostMore) {
        return tail.after(after, AT_ONCE).compose(next -> {
            long at = after;
            for (ClusterEvent event : next) {
                if (found.size() == limit) {
                    return Future.succeededFuture(page(found, at));
                }
                at = event.revision();
                if (filter.takes(event)) {
                    found.add(event);
                }
            }
            return next.isEmpty() || mostMore <= next.size()
                    ? Future.succeededFuture(page(found, at))
                    : onward(at, filter, found, limit, mostMore - next.size());
        });
    }

    private static JsonObject page(List<ClusterEvent> events, long revision) {
        var items = new JsonArray();
        events.forEach(event -> items.add(event.json()));
        return new JsonObject().put("items", items).put("revision", revision);
    }

    private static Reply reply(JsonObject page) {
        if (page.getValue("nextPageToken") == null) {
            page.remove("nextPageToken");
        }
        return Reply.of(200, page.encode());
    }
}
