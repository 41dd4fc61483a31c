package io.aiwm.controller.store.mongo;

import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.ChangeReader.Batch;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the changes of one collection. A change may become visible shortly after another one with a later time. So each pass begins
 * at the newest time seen, inclusive, and at intervals a pass begins {@link #OVERLAP_SECONDS} earlier and returns what earlier
 * passes missed. Only the range covered by such a pass counts as settled.
 */
final class MongoChangeTrack {
    /** The maximum delay of a write; a slower write has failed at its caller. */
    static final long OVERLAP_SECONDS = 40;

    private static final long SETTLE_EVERY_NANOS = 5_000_000_000L;
    /** Above this number the oldest are forgotten, and may be returned again. */
    private static final int MOST_KNOWN = 200_000;

    private record Given(long version, long time) {}

    private final MongoChanges changes;
    private final String collection;
    /** Changes that were returned and are not settled, oldest first. */
    private final Map<String, Given> known = new LinkedHashMap<>();

    private volatile long settled;
    private long newest;
    private long settledNanos;
    /** The pass under way: where it began, and its place. */
    private boolean passing;

    private boolean settling;
    private long from;
    private long time;
    private String id = "";

    /** @param settled time up to which all changes were returned; -1: start with changes from now on */
    MongoChangeTrack(MongoChanges changes, String collection, long settled) {
        this.changes = changes;
        this.collection = collection;
        this.settled = settled;
        this.newest = settled;
        this.settledNanos = System.nanoTime() - SETTLE_EVERY_NANOS;
    }

    String collection() {
        return collection;
    }

    long settled() {
        return settled;
    }

    /** Skips to the present: only later changes are returned. */
    Future<Void> toNow() {
        return changes.newest(collection).map(time -> {
            settled = time;
            newest = time;
            passing = false;
            known.clear();
            return null;
        });
    }

    Future<Batch> next(int limit) {
        if (settled < 0) {
            return toNow().map(Batch.NONE);
        }
        if (!passing) {
            begin();
        }
        return changes.after(collection, time, id, limit).compose(found -> {
            List<Change> fresh = new ArrayList<>(found.size());
            found.forEach(stored -> take(stored, fresh));
            if (found.size() == limit) {
                return fresh.isEmpty() ? next(limit) : Future.succeededFuture(new Batch(fresh, true, false));
            }
            passing = false;
            return settling ? settle(fresh) : Future.succeededFuture(new Batch(fresh, false, false));
        });
    }

    private void begin() {
        passing = true;
        settling = System.nanoTime() - settledNanos >= SETTLE_EVERY_NANOS;
        from = settling ? settled : newest;
        time = from;
        id = "";
    }

    private void take(JsonObject stored, List<Change> fresh) {
        time = MongoChanges.time(stored);
        id = stored.getString("_id");
        newest = Math.max(newest, time);
        long version = stored.getLong("version");
        var given = new Given(version, time);
        // the same version at another time is a record that was deleted and made again meanwhile
        Given before = known.get(id);
        if (!given.equals(before)) {
            known.remove(id);
            known.put(id, given);
            add(stored, before == null ? 0 : before.version, version, fresh);
        }
        if (known.size() > MOST_KNOWN) {
            known.remove(known.keySet().iterator().next());
        }
    }

    /** Adds each version that has notes and was not returned, and the newest one. */
    private void add(JsonObject stored, long returned, long version, List<Change> fresh) {
        List<String> last = List.of();
        for (Object each : stored.getJsonArray(MongoQueries.NOTED, new JsonArray())) {
            JsonObject noted = (JsonObject) each;
            long of = noted.getLong("version");
            List<String> notes =
                    noted.getJsonArray("notes").stream().map(String.class::cast).toList();
            boolean old = noted.getLong("at") < (settled >>> 32) - OVERLAP_SECONDS;
            if (of == version && !MongoQueries.isGone(stored)) {
                last = notes;
            } else if (of > returned && of < version && !old) {
                fresh.add(new Change(collection, id, of, false, notes));
            }
        }
        fresh.add(new Change(collection, id, version, MongoQueries.isGone(stored), last));
    }

    /** The pass that began at what was settled has reached the end. */
    private Future<Batch> settle(List<Change> fresh) {
        return changes.trimmed(collection).map(trimmed -> {
            if (trimmed > from) {
                return Batch.LOST;
            }
            settledNanos = System.nanoTime();
            settled = Math.max(settled, newest - (OVERLAP_SECONDS << 32));
            known.values().removeIf(given -> given.time < settled);
            return new Batch(fresh, false, false);
        });
    }
}
