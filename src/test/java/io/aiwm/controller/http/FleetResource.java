package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.event.Events;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A fleet in memory that behaves towards the page as the real one does: lists, records, changes over events, a log. */
final class FleetResource implements Resource {
    private final Map<String, Map<String, JsonObject>> kinds = new ConcurrentHashMap<>();
    private final List<HttpServerResponse> readers = new CopyOnWriteArrayList<>();
    private final Map<String, AtomicInteger> reads = new ConcurrentHashMap<>();
    private volatile Events events;

    void events(Events bus) {
        events = bus;
    }

    /** Stores a record under its id with the next version, and tells listeners. */
    void put(String kind, JsonObject record) {
        Map<String, JsonObject> all = of(kind);
        String id = record.getString("id");
        JsonObject before = all.get(id);
        record.put("version", before == null ? 1 : before.getInteger("version") + 1);
        all.put(id, record);
        events.publish(kind, id, () -> Future.succeededFuture(record.copy()));
    }

    void log(String line) {
        readers.forEach(reader -> reader.write(line + "\n"));
    }

    int logReaders() {
        return readers.size();
    }

    /** How often the list was read. */
    int reads(String kind) {
        return reads.computeIfAbsent(kind, name -> new AtomicInteger()).get();
    }

    private Map<String, JsonObject> of(String kind) {
        return kinds.computeIfAbsent(kind, name -> java.util.Collections.synchronizedMap(new TreeMap<>()));
    }

    @Override
    public String fragment() {
        return "fleet";
    }

    @Override
    public void mount(Api api) {
        for (String kind : List.of("Nodes", "Deployments", "Executions")) {
            String name = kind.toLowerCase(Locale.ROOT);
            Map<String, JsonObject> all = of(name);
            api.on("list" + kind, request -> {
                reads.computeIfAbsent(name, first -> new AtomicInteger()).incrementAndGet();
                return Future.succeededFuture(Reply.page(new ArrayList<>(all.values()), null, (long) all.size()));
            });
            api.on("get" + kind, request -> Future.succeededFuture(Reply.ok(find(all, request.id()))));
        }
        Map<String, JsonObject> deployments = of("deployments");
        api.on("createDeployment", request -> {
            var made = request.json().put("id", Ids.next("dep")).put("status", "DEPLOYING");
            put("deployments", made);
            return Future.succeededFuture(Reply.created("/api/deployments/" + made.getString("id"), made));
        });
        api.on("stopDeployment", request -> {
            var stopped = find(deployments, request.id()).copy().put("status", "STOPPED");
            put("deployments", stopped);
            return Future.succeededFuture(Reply.accepted(stopped));
        });
        update(api, "pause", rollout -> rollout.put("paused", true));
        update(api, "resume", rollout -> rollout.put("paused", false));
        update(api, "undo", rollout -> rollout.put("state", "ROLLING_BACK").put("paused", false));
        api.on(
                "readLogs",
                request -> Future.succeededFuture(Reply.stream("text/plain; charset=utf-8", response -> {
                    response.setChunked(true).write("begin of the log\n");
                    readers.add(response);
                    response.closeHandler(gone -> readers.remove(response));
                })));
    }

    /** Of a deployment's update that is under way. */
    private void update(Api api, String what, UnaryOperator<JsonObject> change) {
        api.on(what + "Deployment", request -> {
            var changed = find(of("deployments"), request.id()).copy();
            changed.put("rollout", change.apply(changed.getJsonObject("rollout")));
            put("deployments", changed);
            return Future.succeededFuture(Reply.accepted(changed));
        });
    }

    private static JsonObject find(Map<String, JsonObject> all, String id) {
        JsonObject found = all.get(id);
        if (found == null) {
            throw Failure.notFound("record", id);
        }
        return found;
    }
}
