package io.aiwm.controller.event;

import io.aiwm.controller.auth.Role;
import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Tells browsers what has changed, without letting busy times drown them: changes of one kind are gathered for
 * {@link #GATHER_MILLIS}, of each record only the latest state counts, and one message goes out on
 * {@code aiwm.events.<kind>}:
 *
 * <pre>{"kind": "executions", "at": 1732170000000, "items": [ ... ], "omitted": 0}</pre>
 *
 * {@code omitted} counts records that changed but did not fit; a listener that sees it reads the list again. Each
 * controller tells its own browsers; while none listens nothing is gathered and no state is asked for. Any thread may call.
 */
public final class Events {
    public static final String EXECUTIONS = "executions";
    public static final String NODES = "nodes";
    public static final String DEPLOYMENTS = "deployments";
    public static final String JOBS = "jobs";
    /** What concerns the whole fleet: the storm. */
    public static final String CLUSTER = "cluster";
    /** The log of all events, of it what every role may see. */
    public static final String LOG = "events";

    public static final String MODELS = "models";
    public static final String AGENTS = "agents";
    public static final String APPROVALS = "approvals";
    public static final String AUDIT = "audit";
    /** Kinds that have no address of their own: they are told to pages alone, of which not every role may hear each. */
    private static final Set<String> OF_PAGES = Set.of(LOG, MODELS, AGENTS, APPROVALS, AUDIT);
    /** What a browser may hear has this prefix, or that of {@link PageUpdates}. */
    public static final String PREFIX = "aiwm.events.";

    static final long GATHER_MILLIS = 100;
    static final int MOST_ITEMS = 200;
    /** Bridges with listeners say so this often; interest that is not renewed three times is gone. */
    public static final long INTEREST_MILLIS = 5_000;

    private static final Address<JsonObject, Void> INTEREST =
            new Address<>("aiwm.event-interest", JsonObject.class, Void.class, Address.Reach.PROCESS);

    private final Vertx vertx;
    private final PageUpdates pages;
    private final Map<String, Gathered> kinds = new ConcurrentHashMap<>();
    private final List<Consumer<Duration>> interestListeners = new CopyOnWriteArrayList<>();
    private volatile long interestUntilNanos;
    private volatile boolean interest;

    /** What changed since the last message. Guarded by itself. */
    private static final class Gathered {
        private final Map<String, Supplier<Future<JsonObject>>> latest = new LinkedHashMap<>();
        private int omitted;
        private boolean waiting;
    }

    public Events(Vertx vertx) {
        this.vertx = vertx;
        this.pages = new PageUpdates(vertx);
        Address.onlyFromHere(vertx, PREFIX);
        INTEREST.listen(vertx, hint -> {
            Duration time = Duration.ofMillis(3 * INTEREST_MILLIS);
            interestUntilNanos = System.nanoTime() + time.toNanos();
            interest = true;
            interestListeners.forEach(listener -> listener.accept(time));
        });
    }

    /** Calls back when a browser of this controller listens, with how long that is sure. */
    public void onInterest(Consumer<Duration> listener) {
        interestListeners.add(listener);
    }

    /** Called by a bridge with at least one listener, at once and then every {@link #INTEREST_MILLIS}. */
    public static void declareInterest(Vertx vertx) {
        INTEREST.publish(vertx, new JsonObject());
    }

    /**
     * A record has a new state.
     *
     * @param state asked for at most once per message, on an event loop, and only when somebody listens; as small as a
     *     list needs it, with an {@code id}. Where it gives null or fails, the record is left out
     */
    public void publish(String kind, String id, Supplier<Future<JsonObject>> state) {
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
        publish(
                kind,
                id,
                () -> Future.succeededFuture(new JsonObject().put("id", id).put("deleted", true)));
    }

    /** Records of this kind changed and it is not known which: who listens reads the list again. */
    public void missed(String kind) {
        omit(kinds.computeIfAbsent(kind, name -> new Gathered()), kind);
    }

    private void omit(Gathered gathered, String kind) {
        synchronized (gathered) {
            gathered.omitted++;
            if (gathered.waiting) {
                return;
            }
            gathered.waiting = true;
        }
        vertx.setTimer(GATHER_MILLIS, due -> flush(kind, gathered));
    }

    private boolean isWanted() {
        return interest && System.nanoTime() - interestUntilNanos < 0;
    }

    private void flush(String kind, Gathered gathered) {
        List<Supplier<Future<JsonObject>>> states;
        int omitted;
        synchronized (gathered) {
            states = new ArrayList<>(gathered.latest.values());
            omitted = gathered.omitted;
            gathered.latest.clear();
            gathered.omitted = 0;
            gathered.waiting = false;
        }
        List<Future<JsonObject>> asked = states.stream()
                .map(state -> Future.succeededFuture().compose(go -> state.get()))
                .toList();
        Future.join(asked).onComplete(done -> {
            var items = new JsonArray();
            asked.stream()
                    .filter(item -> item.succeeded() && item.result() != null)
                    .forEach(item -> items.add(item.result()));
            if (!items.isEmpty() || omitted > 0) {
                tell(kind, items, omitted);
            }
        });
    }

    /** The role that a browser needs to hear an address. */
    public static Role roleFor(String address) {
        return PageUpdates.FOR_ADMINISTRATORS.equals(address) ? Role.ADMIN : Role.VIEWER;
    }

    private void tell(String kind, JsonArray items, int omitted) {
        pages.changed(kind, items, omitted);
        if (OF_PAGES.contains(kind)) {
            return;
        }
        new Address<>(PREFIX + kind, JsonObject.class, Void.class, Address.Reach.PROCESS)
                .publish(
                        vertx,
                        new JsonObject()
                                .put("kind", kind)
                                .put("at", System.currentTimeMillis())
                                .put("items", items)
                                .put("omitted", omitted));
    }
}
