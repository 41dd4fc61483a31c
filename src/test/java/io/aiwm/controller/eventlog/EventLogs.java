package io.aiwm.controller.eventlog;

import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** A log of events that a test writes by itself. */
public final class EventLogs {
    private final EventBlocks blocks;
    private final EventTail tail;
    private final InstantSource clock;
    private long head;

    public EventLogs(Vertx vertx, DocumentStore store, InstantSource clock) {
        blocks = new EventBlocks(store, new EventBlocks.Retention(1_000_000, Duration.ofDays(30)), clock);
        tail = new EventTail(vertx, blocks);
        this.clock = clock;
    }

    public EventTail tail() {
        return tail;
    }

    /** Appends one, which is durable then. */
    public synchronized void append(String type, String kind, String resource, Severity severity) {
        head++;
        var event = new JsonObject()
                .put("revision", head)
                .put("id", kind + "s/" + resource + "@" + head + ".0")
                .put("kind", kind)
                .put("resourceId", resource)
                .put("type", type)
                .put("at", clock.instant().toString())
                .put("severity", severity.word());
        blocks.append(head, List.of(event.encode())).await();
        tail.hint();
    }
}
