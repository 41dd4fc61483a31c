package io.aiwm.controller.event;

import io.aiwm.protocol.Address;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Tells browsers what has changed, without letting busy times drown them: changes of one kind are gathered for
 * {@link #GATHER_MILLIS}, of each record only the latest state counts, and one message goes out on
 * {@code aiwm.events.<kind>}:
 *
 * <pre>{"kind": "executions", "at": 1732170000000, "items": [ ... ], "omitted": 0}</pre>
 *
 * {@code omitted} counts records that changed but did not fit; a listener that sees it reads the list again. While
 * nobody listens anywhere in the cluster nothing is gathered and no state is asked for. Any thread may call.
 */
public final class Events {
    public static final String EXECUTIONS = "executions";
    public static final String NODES = "nodes";
    public static final String DEPLOYMENTS = "deployments";
    public static final String JOBS = "jobs";
    /** What concerns the whole fleet: the storm. */
    public static final String CLUSTER = "cluster";
    /** Everything a browser may hear has this prefix. */
    public static final String PREFIX = "aiwm.events.";

    static final long GATHER_MILLIS = 100;
    static final int MOST_ITEMS = 200;
    /** Bridges with listeners say so this often; interest that is not renewed three times is gone. */
    public static final long INTEREST_MILLIS = 5_000;

    /** Controller to all controllers: one message, which each tells its own browsers. */
    private static final Address<JsonObject, Void> NEWS =
            new Address<>("aiwm.event-news", JsonObject.class, Void.class);

    private static final Address<JsonObject, Void> INTEREST =
            new Address<>("aiwm.event-interest", JsonObject.class, Void.class);

    private final Vertx vertx;
    private final Map<String, Gathered> kinds = new ConcurrentHashMap<>();
    private volatile long interestUntilNanos;
    private volatile boolean interest;

    /** What changed since the last message. Guarded by itself. */
    private static final class Gathered {
        private final Map<String, Supplier<JsonObject>> latest = new LinkedHashMap<>();
        private int omitted;
        private boolean waiting;
    }

    public Events(Vertx vertx) {
        this.vertx = vertx;
        Address.onlyFromHere(vertx, PREFIX);
        INTEREST.listen(vertx, hint -> {
            interestUntilNanos = System.nanoTime() + 3 * INTEREST_MILLIS * 1_000_000;
            interest = true;
        });
        NEWS.listen(
                vertx,
                news -> new Address<>(
                                PREFIX + news.getString("kind"), JsonObject.class, Void.class, Address.Reach.PROCESS)
                        .publish(vertx, news));
    }

    /** Called by a bridge with at least one listener, at once and then every {@link #INTEREST_MILLIS}. */
    public static void declareInterest(Vertx vertx) {
        INTEREST.publish(vertx, new JsonObject());
    }

    /**
     * A record has a new state.
     *
     * @param state asked for at most once per message, on an event loop, and only when somebody listens; as small as a
     *     list needs it, with an {@code id}
     */
    public void publish(String kind, String id, Supplier<JsonObject> state) {
        if (!isWanted()) {
            return;
        }
        Gathered gathered = kinds.computeIfAbsent(kind, name -> new Gathered());
        synchronized (gathered) {
            gathered.latest.remove(id);
            gathered.latest.put(id, state);
            if (gathered.latest.size() > MOST_ITEMS) {
                gathered.latest.remove(gathered.latest.keySet().iterator().next());
                gathered.omitted++;
            }
            if (gathered.waiting) {
                return;
            }
            gathered.waiting = true;
        }
        vertx.setTimer(GATHER_MILLIS, due -> flush(kind, gathered));
    }

    /** A record is gone: goes out as {@code {"id": ..., "deleted": true}}. */
    public void deleted(String kind, String id) {
        publish(kind, id, () -> new JsonObject().put("id", id).put("deleted", true));
    }

    private boolean isWanted() {
        return interest && System.nanoTime() - interestUntilNanos < 0;
    }

    private void flush(String kind, Gathered gathered) {
        List<Supplier<JsonObject>> states;
        int omitted;
        synchronized (gathered) {
            states = new ArrayList<>(gathered.latest.values());
            omitted = gathered.omitted;
            gathered.latest.clear();
            gathered.omitted = 0;
            gathered.waiting = false;
        }
        var items = new JsonArray();
        states.forEach(state -> items.add(state.get()));
        NEWS.publish(
                vertx,
                new JsonObject()
                        .put("kind", kind)
                        .put("at", System.currentTimeMillis())
                        .put("items", items)
                        .put("omitted", omitted));
    }
}
