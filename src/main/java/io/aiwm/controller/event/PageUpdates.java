package io.aiwm.controller.event;

import io.aiwm.protocol.Address;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Tells each page of a browser what has changed of the kinds that it shows, in one message for all of them, at most once every
 * {@link #EVERY_MILLIS}. Messages of a page are numbered; a browser that sees a gap, another epoch, or something omitted reads its
 * lists again. docs/events.md has the form. Any thread may call.
 */
final class PageUpdates {
    static final String PREFIX = "aiwm.page.";
    /** Five messages a second; of more than one page the bridge makes no more than five for each browser. */
    static final long EVERY_MILLIS = 200;

    static final String FOR_ADMINISTRATORS = PREFIX + Events.AUDIT;

    private static final Map<String, List<String>> KINDS = Map.of(
            "overview",
                    List.of(
                            Events.NODES,
                            Events.DEPLOYMENTS,
                            Events.EXECUTIONS,
                            Events.JOBS,
                            Events.CLUSTER,
                            Events.LOG),
            "nodes", List.of(Events.NODES, Events.CLUSTER, Events.DEPLOYMENTS),
            "deployments", List.of(Events.NODES, Events.DEPLOYMENTS),
            "models", List.of(Events.MODELS),
            "executions", List.of(Events.NODES, Events.DEPLOYMENTS, Events.EXECUTIONS),
            "jobs", List.of(Events.NODES, Events.DEPLOYMENTS, Events.JOBS),
            "agents", List.of(Events.AGENTS, Events.APPROVALS),
            "events", List.of(Events.LOG),
            "audit", List.of(Events.AUDIT));

    private final Vertx vertx;
    private final String epoch = UUID.randomUUID().toString();
    private final Map<String, Page> pages = new HashMap<>();

    /** What a page has not been told yet. Guarded by itself. */
    private static final class Page {
        private Map<String, Delta> deltas = new LinkedHashMap<>();
        private long revision;
        private long toldNanos = System.nanoTime();
        private boolean waiting;
    }

    PageUpdates(Vertx vertx) {
        this.vertx = vertx;
        KINDS.keySet().forEach(page -> pages.put(page, new Page()));
        Address.onlyFromHere(vertx, PREFIX);
    }

    /** Records of a kind have a new state. */
    void changed(String kind, JsonArray items, int omitted) {
        KINDS.forEach((name, kinds) -> {
            if (kinds.contains(kind)) {
                add(name, pages.get(name), kind, items, omitted);
            }
        });
    }

    private void add(String name, Page page, String kind, JsonArray items, int omitted) {
        long wait;
        synchronized (page) {
            page.deltas.computeIfAbsent(kind, none -> new Delta()).add(items, omitted);
            if (page.waiting) {
                return;
            }
            page.waiting = true;
            wait = EVERY_MILLIS - (System.nanoTime() - page.toldNanos) / 1_000_000;
        }
        vertx.setTimer(Math.max(1, wait), due -> tell(name, page));
    }

    private void tell(String name, Page page) {
        var deltas = new JsonObject();
        long revision;
        synchronized (page) {
            page.deltas.forEach((kind, delta) -> deltas.put(kind, delta.json()));
            page.deltas = new LinkedHashMap<>();
            page.waiting = false;
            page.toldNanos = System.nanoTime();
            revision = ++page.revision;
        }
        new Address<>(PREFIX + name, JsonObject.class, Void.class, Address.Reach.PROCESS)
                .publish(
                        vertx,
                        new JsonObject()
                                .put("page", name)
                                .put("epoch", epoch)
                                .put("revision", revision)
                                .put("at", System.currentTimeMillis())
                                .put("deltas", deltas));
    }
}
